"""Who may call what: every route of the application, API and pages, by every role.

The table below is the policy. A route that does not stand in it fails the test, and so does one that is gone.
"""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from httpx import Response
from pydantic import TypeAdapter
from starlette.testclient import TestClient

import main
from commands.system import System
from commands.web import build_web
from runtime import access
from runtime.clock import SetClock
from runtime.work import Role, Work
from tests.builders import a_company, a_customer, an_invoice
from tests.conftest import settings_for

PASSWORD = "a password for tests only"
SOME_ID = "01890000-0000-7000-8000-000000000000"

READERS = {"viewer", "controller", "manager", "admin"}
DESK = {"controller", "manager", "admin"}
CHIEFS = {"manager", "admin"}
MACHINES = {"erp"}


EVERYBODY = {"anonymous", "portal", "erp", "viewer", "controller", "manager", "admin"}
SEE = READERS
READ_BACK = READERS | MACHINES

API: dict[str, set[str]] = {
    "GET /api/v1/openapi.json": EVERYBODY,
    "GET /api/docs": EVERYBODY,
    "GET /health/live": EVERYBODY,
    "GET /health/ready": EVERYBODY,
    "GET /api/v1/health/live": EVERYBODY,
    "GET /api/v1/health/ready": EVERYBODY,
    "GET /metrics": SEE,
    "GET /api/v1/metrics": SEE,
    "GET /api/v1/audit": CHIEFS,
    "GET /api/v1/final-steps": SEE,
    "POST /api/v1/final-steps": DESK,
    "GET /api/v1/final-steps/{step_id}": SEE,
    "POST /api/v1/final-steps/{step_id}/hand-over": DESK,
    "POST /api/v1/final-steps/{step_id}/take-back": DESK,
    "POST /api/v1/final-steps/{step_id}/drop": DESK,
    "POST /api/v1/final-steps/{step_id}/ask": DESK,
    "POST /api/v1/final-steps/{step_id}/approve": CHIEFS,
    "GET /api/v1/final-steps/{step_id}/evidence.zip": DESK,
    "GET /api/v1/policy-choices": SEE,
    "POST /api/v1/policy-choices": CHIEFS,
    "GET /api/v1/changes": READ_BACK,
    "GET /api/v1/webhooks": {"admin"},
    "POST /api/v1/webhooks": {"admin"},
    "GET /api/v1/webhooks/{webhook_id}": {"admin"},
    "DELETE /api/v1/webhooks/{webhook_id}": {"admin"},
    "POST /api/v1/webhooks/{webhook_id}/secret": {"admin"},
    "POST /api/v1/webhooks/{webhook_id}/stop": {"admin"},
    "POST /api/v1/webhooks/{webhook_id}/continue": {"admin"},
    "GET /api/v1/webhooks/{webhook_id}/deliveries": {"admin"},
    "POST /api/v1/webhooks/{webhook_id}/deliveries/{delivery_id}/send-again": {"admin"},
    "POST /api/v1/webhooks/{webhook_id}/send-again": {"admin"},
    "GET /api/v1/jobs": SEE,
    "POST /api/v1/jobs/{name}/runs": DESK,
    "GET /api/v1/customers": READ_BACK,
    "GET /api/v1/customers/{external_id}": READ_BACK,
    "PATCH /api/v1/customers/{external_id}": DESK | MACHINES,
    "GET /api/v1/customers/{external_id}/open-items": READ_BACK,
    "GET /api/v1/customers/{external_id}/timeline": READ_BACK,
    "GET /api/v1/customers/{external_id}/credit": READ_BACK,
    "PUT /api/v1/customers/{external_id}/credit-limit": CHIEFS,
    "POST /api/v1/customers/batch": DESK | MACHINES,
    "POST /api/v1/invoices/batch": DESK | MACHINES,
    "GET /api/v1/invoices": READ_BACK,
    "GET /api/v1/invoices/{number:path}": READ_BACK,
    "GET /api/v1/invoices/{number:path}/document": READ_BACK,
    "POST /api/v1/invoices/{number:path}/cancel": DESK | MACHINES,
    "GET /api/v1/users": {"admin"},
    "POST /api/v1/users": {"admin"},
    "PATCH /api/v1/users/{email}": {"admin"},
    "POST /api/v1/users/{email}/password": {"admin"},
    "GET /api/v1/api-keys": {"admin"},
    "POST /api/v1/api-keys": {"admin"},
    "POST /api/v1/api-keys/{name}/revoke": {"admin"},
    "GET /api/v1/companies": READ_BACK,
    "POST /api/v1/companies": CHIEFS,
    "GET /api/v1/companies/{code}": READ_BACK,
    "PATCH /api/v1/companies/{code}": CHIEFS,
    "GET /api/v1/companies/{code}/letter-accounts": SEE,
    "POST /api/v1/companies/{code}/letter-accounts": CHIEFS,
    "POST /api/v1/companies/{code}/letter-accounts/{account_id}/approve": CHIEFS,
    "POST /api/v1/companies/{code}/letter-accounts/{account_id}/stop": CHIEFS,
    "GET /api/v1/bank-accounts": SEE,
    "POST /api/v1/bank-accounts": DESK,
    "PATCH /api/v1/bank-accounts/{account_id}": DESK,
    "GET /api/v1/statements": SEE,
    "GET /api/v1/bank-entries": SEE,
    "GET /api/v1/bank-entries/{entry_id}/suggestions": SEE,
    "POST /api/v1/bank-entries/{entry_id}/allocations": DESK,
    "POST /api/v1/bank-entries/{entry_id}/suggestions/{rank}/accept": DESK,
    "POST /api/v1/bank-entries/{entry_id}/ignore": DESK,
    "DELETE /api/v1/allocations/{allocation_id}": DESK,
    "POST /api/v1/reconciliation-runs": DESK,
    "POST /api/v1/disputes": DESK | MACHINES,
    "POST /api/v1/disputes/bulk": DESK | MACHINES,
    "GET /api/v1/disputes": READ_BACK,
    "GET /api/v1/disputes/{dispute_id}": READ_BACK,
    "GET /api/v1/pauses": READ_BACK,
    "GET /api/v1/chain/{kind}/{reference:path}": READ_BACK,
    "POST /api/v1/disputes/{dispute_id}/comments": DESK,
    "POST /api/v1/disputes/{dispute_id}/resolve": DESK,
    "POST /api/v1/disputes/{dispute_id}/reopen": DESK,
    "PATCH /api/v1/disputes/{dispute_id}": DESK,
    "POST /api/v1/disputes/{dispute_id}/review": DESK,
    "POST /api/v1/disputes/{dispute_id}/merge": DESK,
    "POST /api/v1/disputes/{dispute_id}/links": DESK,
    "POST /api/v1/disputes/{dispute_id}/attachments": DESK,
    "GET /api/v1/disputes/{dispute_id}/attachments/{file_id}": SEE,
    "GET /api/v1/dispute-reasons": SEE,
    "GET /api/v1/order-mismatches": SEE,
    "POST /api/v1/order-mismatches/{mismatch_id}/open": DESK,
    "POST /api/v1/order-mismatches/{mismatch_id}/let-be": DESK,
    "PUT /api/v1/dispute-reasons/{code}": CHIEFS,
    "GET /api/v1/credit/overruns": SEE,
    "GET /api/v1/credit/rules": SEE,
    "PUT /api/v1/credit/rules": CHIEFS,
    "GET /api/v1/credit/reviews": SEE,
    "POST /api/v1/credit/reviews/{review_id}/close": DESK,
    "GET /api/v1/customers/{external_id}/behaviour": SEE,
    "POST /api/v1/credit/checks": DESK | MACHINES,
    "GET /api/v1/credit/limit-proposals": SEE,
    "POST /api/v1/credit/limit-proposals/{proposal_id}/approve": CHIEFS,
    "POST /api/v1/credit/limit-proposals/{proposal_id}/reject": CHIEFS,
    "GET /api/v1/credit/holds": SEE,
    "POST /api/v1/credit/holds": DESK,
    "POST /api/v1/credit/holds/{hold_id}/release": CHIEFS,
    "GET /api/v1/dunning-policies": SEE,
    "POST /api/v1/dunning-policies": CHIEFS,
    "GET /api/v1/dunning-policies/{name}/versions": SEE,
    "GET /api/v1/dunning-policies/{name}/compare": DESK,
    "POST /api/v1/dunning-policies/preview": DESK,
    "POST /api/v1/dunning-runs": DESK,
    "GET /api/v1/dunning-runs/{run_id}": SEE,
    "GET /api/v1/dunning-runs/{run_id}/decisions": SEE,
    "GET /api/v1/dunning-runs/{run_id}/notices": SEE,
    "POST /api/v1/dunning-runs/{run_id}/approve": DESK,
    "POST /api/v1/dunning-policies/{name}/move": CHIEFS,
    "POST /api/v1/dunning-runs/{run_id}/print": DESK,
    "GET /api/v1/dunning-runs/{run_id}/print.pdf": SEE,
    "POST /api/v1/dunning-runs/{run_id}/posted": DESK,
    "POST /api/v1/notices/{notice_id}/print": DESK,
    "POST /api/v1/notices/{notice_id}/done": DESK,
    "GET /api/v1/decisions": SEE,
    "GET /api/v1/notices/{notice_id}": SEE,
    "GET /api/v1/notices/{notice_id}/enclosures/{position}": SEE,
    "POST /api/v1/notices/{notice_id}/edit": DESK,
    "POST /api/v1/notices/{notice_id}/drop": DESK,
    "POST /api/v1/notices/{notice_id}/settle": DESK,
    "POST /api/v1/notices/{notice_id}/send-again": DESK,
    "POST /api/v1/holds": DESK,
    "DELETE /api/v1/holds/{hold_id}": DESK,
    "POST /api/v1/promises": DESK,
    "DELETE /api/v1/promises/{promise_id}": DESK,
    "GET /api/v1/customer-duplicates": SEE,
    "POST /api/v1/customer-duplicates/dismiss": CHIEFS,
    "GET /api/v1/customer-merges": SEE,
    "POST /api/v1/customer-merges": CHIEFS,
    "GET /api/v1/customer-merges/preview": SEE,
    "GET /api/v1/customer-merges/{number}": SEE,
    "POST /api/v1/customer-merges/{number}/undo": CHIEFS,
    "GET /api/v1/payment-plans": SEE,
    "POST /api/v1/holds/{hold_id}/review": DESK,
    "GET /api/v1/agreement-terms": SEE,
    "PUT /api/v1/agreement-terms": CHIEFS,
    "GET /api/v1/reports/kept-promises": SEE,
    "POST /api/v1/payment-plans": DESK,
    "GET /api/v1/payment-plans/{plan_id}": SEE,
    "POST /api/v1/payment-plans/{plan_id}/accept": DESK,
    "POST /api/v1/payment-plans/{plan_id}/cancel": DESK,
    "GET /api/v1/imports": READ_BACK,
    "POST /api/v1/imports": DESK | MACHINES,
    "GET /api/v1/imports/{import_id}": READ_BACK,
    "GET /api/v1/imports/{import_id}/problems": READ_BACK,
    "GET /api/v1/imports/{import_id}/rejected.csv": READ_BACK,
    "POST /api/v1/imports/{import_id}/answer": DESK | MACHINES,
    "GET /api/v1/views": SEE,
    "POST /api/v1/views": READERS,
    "DELETE /api/v1/views/{view_id}": SEE,
    "GET /api/v1/letter-texts": SEE,
    "GET /api/v1/letter-texts/language": SEE,
    "GET /api/v1/letter-texts/{level}/{language}": SEE,
    "PUT /api/v1/letter-texts/{level}/{language}": CHIEFS,
    "DELETE /api/v1/letter-texts/{level}/{language}": CHIEFS,
    "GET /api/v1/letter-texts/{level}/{language}/versions": SEE,
    "GET /api/v1/letter-texts/{level}/{language}/compare": SEE,
    "GET /api/v1/letter-texts/{level}/{language}/letter.pdf": SEE,
    "POST /api/v1/letter-texts/{level}/{language}/preview": CHIEFS,
    "GET /api/v1/customers/{external_id}/evidence.zip": DESK,
    "GET /api/v1/replies": SEE,
    "GET /api/v1/replies/{number}": SEE,
    "POST /api/v1/replies/{number}/promise": DESK,
    "POST /api/v1/replies/{number}/dispute": DESK,
    "POST /api/v1/replies/{number}/paid": DESK,
    "POST /api/v1/replies/{number}/dismiss": DESK,
    "GET /api/v1/dead-addresses": SEE,
    "DELETE /api/v1/dead-addresses/{address}": DESK,
    "GET /api/v1/interest-claims": SEE,
    "POST /api/v1/interest-claims/{number}/waive": DESK,
    "GET /api/v1/interest": SEE,
    "GET /api/v1/interest-rates": SEE,
    "GET /api/v1/interest-rates/{name}": SEE,
    "PUT /api/v1/interest-rates": CHIEFS,
    "POST /api/v1/orders": DESK | MACHINES,
    "POST /api/v1/orders/{number:path}/ask": DESK | MACHINES,
    "GET /api/v1/order-mails": SEE,
    "PUT /api/v1/order-mails/{state}": CHIEFS,
    "GET /api/v1/order-captures": SEE,
    "GET /api/v1/order-captures/{capture_id}/original": SEE,
    "POST /api/v1/order-captures/{capture_id}/order": DESK | MACHINES,
    "GET /api/v1/order-inbox": SEE,
    "GET /api/v1/order-rules": SEE,
    "PUT /api/v1/order-rules": CHIEFS,
    "GET /api/v1/order-inbox/{message_id}/original": SEE,
    "POST /api/v1/order-inbox/{message_id}/settle": DESK | MACHINES,
    "POST /api/v1/order-captures/{capture_id}/set-aside": DESK | MACHINES,
    "GET /api/v1/orders": READ_BACK,
    "GET /api/v1/orders/{number:path}": READ_BACK,
    "GET /api/v1/reports/aging": SEE,
    "GET /api/v1/reports/root-causes": SEE,
    "GET /api/v1/reports/worklist": SEE,
    "POST /api/v1/worklist/{external_id}/calls": DESK,
    "POST /api/v1/worklist/{external_id}/snooze": DESK,
    "DELETE /api/v1/worklist/{external_id}/snooze": DESK,
    "POST /api/v1/worklist/{external_id}/assign": DESK,
    "GET /api/v1/reports/cash-forecast": SEE,
    "DELETE /api/v1/bank-profiles/{name}": DESK,
    "DELETE /api/v1/known-payers/{account}/{customer}": DESK,
    "DELETE /api/v1/unapplied-cash/{payment_id}/refund": DESK,
    "GET /api/v1/allocations": SEE,
    "GET /api/v1/bank-accounts/{account_id}/chain": SEE,
    "GET /api/v1/bank-entries/{entry_id}/candidates": SEE,
    "GET /api/v1/bank-profiles": SEE,
    "GET /api/v1/deductions": SEE,
    "GET /api/v1/exchange-rates": SEE,
    "GET /api/v1/holds": SEE,
    "GET /api/v1/known-payers": SEE,
    "GET /api/v1/notices": SEE,
    "GET /api/v1/notices/{notice_id}/letter.pdf": SEE,
    "GET /api/v1/promises": SEE,
    "GET /api/v1/reports/kpis": SEE,
    "GET /api/v1/reports/kpis/{code}/records": SEE,
    "GET /api/v1/reports/kpis/{code}/trend": SEE,
    "GET /api/v1/returns": SEE,
    "GET /api/v1/tolerances": SEE,
    "GET /api/v1/unapplied-cash": SEE,
    "POST /api/v1/bank-entries/accept": DESK,
    "POST /api/v1/exchange-rates": DESK,
    "POST /api/v1/bank-entries/undo": DESK,
    "POST /api/v1/bank-entries/{entry_id}/returns": DESK,
    "POST /api/v1/bank-entries/{entry_id}/set-aside": DESK,
    "POST /api/v1/bank-entries/{entry_id}/tray": DESK,
    "POST /api/v1/bank-profiles": DESK,
    "POST /api/v1/deductions/{proposal_id}/let-be": DESK,
    "POST /api/v1/deductions/{proposal_id}/open": DESK,
    "POST /api/v1/orders/{number:path}/events": DESK | MACHINES,
    "POST /api/v1/statements/{statement_id}/release": DESK,
    "POST /api/v1/unapplied-cash/{payment_id}/refund": DESK,
    "POST /api/v1/unapplied-cash/{payment_id}/use": DESK,
    "PUT /api/v1/tolerances/{currency}": CHIEFS,
}

PAGES: dict[str, set[str]] = {
    "GET /login": EVERYBODY,
    "POST /login": EVERYBODY,
    "POST /logout": EVERYBODY,
    "GET /": SEE,
    "GET /find": SEE,
    "GET /jobs": SEE,
    "POST /jobs/{name}/run": DESK,
    "GET /bank-entries": SEE,
    "POST /bank-entries/{entry_id}/accept": DESK,
    "GET /bank-entries/{entry_id}/pane": SEE,
    "GET /bank-entries/{entry_id}/find": SEE,
    "POST /bank-entries/{entry_id}/tray": DESK,
    "POST /bank-entries/{entry_id}/place": DESK,
    "POST /bank-entries/accept": DESK,
    "POST /bank-entries/undo": DESK,
    "POST /bank-entries/{entry_id}/ignore": DESK,
    "GET /statements": SEE,
    "POST /statements/{statement_id}/release": DESK,
    "GET /disputes": SEE,
    "GET /chain/{kind}/{reference:path}": SEE,
    "GET /disputes/board": SEE,
    "GET /reports/root-causes": SEE,
    "GET /disputes/{number}": SEE,
    "POST /disputes/{number}/attachments": DESK,
    "GET /disputes/{number}/attachments/{file_id}": SEE,
    "POST /disputes/{number}/care": DESK,
    "POST /disputes/{number}/merge": DESK,
    "POST /disputes/{number}/links": DESK,
    "GET /dispute-reasons": SEE,
    "GET /order-mismatches": SEE,
    "POST /order-mismatches/{mismatch_id}/open": DESK,
    "POST /order-mismatches/{mismatch_id}/let-be": DESK,
    "POST /dispute-reasons": CHIEFS,
    "POST /disputes/{number}/comments": DESK,
    "POST /disputes/{number}/review": DESK,
    "POST /disputes/{number}/resolve": DESK,
    "POST /disputes/{number}/reopen": DESK,
    "GET /credit": SEE,
    "GET /credit/customers/{external_id}": SEE,
    "GET /credit/rules": SEE,
    "POST /credit/rules": CHIEFS,
    "POST /credit/reviews/{review_id}/close": DESK,
    "POST /credit/limits": CHIEFS,
    "GET /orders": SEE,
    "GET /order-mails": SEE,
    "POST /order-mails": CHIEFS,
    "POST /order-questions": DESK | MACHINES,
    "GET /order-confirmations": EVERYBODY,
    "POST /order-confirmations": EVERYBODY,
    "GET /captures": SEE,
    "GET /order-inbox/{message_id}/original": SEE,
    "GET /order-rules": SEE,
    "POST /order-rules": CHIEFS,
    "POST /order-inbox/{message_id}/settle": DESK | MACHINES,
    "GET /captures/{capture_id}": SEE,
    "GET /captures/{capture_id}/original": SEE,
    "POST /captures/{capture_id}/order": DESK | MACHINES,
    "POST /captures/{capture_id}/set-aside": DESK | MACHINES,
    "GET /orders/{number:path}": SEE,
    "POST /credit/limit-proposals/{proposal_id}/approve": CHIEFS,
    "POST /credit/limit-proposals/{proposal_id}/reject": CHIEFS,
    "POST /credit/holds": DESK,
    "POST /credit/holds/{hold_id}/release": CHIEFS,
    "GET /dunning-policies": SEE,
    "GET /dunning-policies/{name}": SEE,
    "POST /dunning-policies/{name}": CHIEFS,
    "GET /dunning-policies/{name}/compare": DESK,
    "GET /dunning-runs": SEE,
    "POST /dunning-runs/plan": DESK,
    "GET /dunning-runs/{number}": SEE,
    "POST /dunning-runs/{number}/approve": DESK,
    "POST /dunning-policies/{name}/move": CHIEFS,
    "POST /policy-choices": CHIEFS,
    "GET /agreement-terms": SEE,
    "POST /agreement-terms": CHIEFS,
    "GET /final-steps": SEE,
    "POST /final-steps": DESK,
    "POST /final-steps/{step_id}/hand-over": DESK,
    "POST /final-steps/{step_id}/drop": DESK,
    "POST /final-steps/{step_id}/take-back": DESK,
    "POST /final-steps/{step_id}/ask": DESK,
    "POST /final-steps/{step_id}/approve": CHIEFS,
    "GET /final-steps/{step_id}/evidence.zip": DESK,
    "POST /dunning-runs/{number}/print": DESK,
    "GET /dunning-runs/{number}/print.pdf": READERS,
    "POST /dunning-runs/{number}/posted": DESK,
    "POST /notices/{number}/print": DESK,
    "POST /notices/{number}/done": DESK,
    "GET /notices/{number}": SEE,
    "GET /notices/{number}/enclosures/{position}": SEE,
    "POST /notices/{number}/recipient": DESK,
    "POST /notices/{number}/level": DESK,
    "POST /notices/{number}/without": DESK,
    "POST /notices/{number}/take-out": DESK,
    "POST /dunning-runs/{number}/notices/{notice_number}/drop": DESK,
    "GET /notices/{number}/letter.pdf": SEE,
    "GET /imports": SEE,
    "GET /imports/{import_id}": SEE,
    "POST /imports": DESK,
    "GET /imports/{import_id}/rejected.csv": SEE,
    "POST /imports/{import_id}/answer": READERS,  # the kind of the file decides, and here there is none
    "POST /views": READERS,
    "POST /views/{view_id}/remove": SEE,
    "GET /customers": SEE,
    "GET /customers/{external_id}": SEE,
    "GET /duplicates": SEE,
    "POST /duplicates/dismiss": CHIEFS,
    "GET /merges/new": SEE,
    "POST /merges": CHIEFS,
    "GET /merges/{number}": SEE,
    "POST /merges/{number}/undo": CHIEFS,
    "POST /customers/{external_id}/notes": DESK,
    "POST /customers/{external_id}/hold": DESK,
    "GET /invoices": SEE,
    "GET /invoices/{number:path}": SEE,
    "POST /invoice-disputes": DESK,
    "POST /invoice-disputes/bulk": DESK,
    "POST /order-disputes": DESK,
    "POST /invoice-promises": DESK,
    "GET /audit": CHIEFS,
    "GET /bank-accounts/{account_id}/chain": SEE,
    "GET /people": {"admin"},
    "POST /people": {"admin"},
    "POST /people/{email}/role": {"admin"},
    "POST /people/{email}/disable": {"admin"},
    "POST /people/{email}/enable": {"admin"},
    "POST /people/{email}/password": {"admin"},
    "POST /api-keys": {"admin"},
    "POST /api-keys/revoke": {"admin"},
    "GET /password": SEE,
    "POST /password": SEE,
    "GET /customers/{external_id}/edit": DESK | MACHINES,
    "POST /customers/{external_id}/edit": DESK | MACHINES,
    "GET /companies": SEE,
    "POST /companies": CHIEFS,
    "GET /companies/{code}": SEE,
    "POST /companies/{code}": CHIEFS,
    "POST /companies/{code}/letter-accounts": CHIEFS,
    "POST /companies/{code}/letter-accounts/{account_id}/approve": CHIEFS,
    "POST /companies/{code}/letter-accounts/{account_id}/stop": CHIEFS,
    "GET /bank-accounts": SEE,
    "POST /customers/{external_id}/contacts": DESK | MACHINES,
    "POST /customers/{external_id}/contacts/{contact_id}/remove": DESK | MACHINES,
    "GET /webhooks": {"admin"},
    "POST /webhooks": {"admin"},
    "GET /webhooks/{webhook_id}": {"admin"},
    "POST /webhooks/{webhook_id}/secret": {"admin"},
    "POST /webhooks/{webhook_id}/stop": {"admin"},
    "POST /webhooks/{webhook_id}/continue": {"admin"},
    "POST /webhooks/{webhook_id}/remove": {"admin"},
    "POST /webhooks/{webhook_id}/deliveries/{delivery_id}/send-again": {"admin"},
    "POST /bank-accounts": DESK,
    "POST /bank-accounts/{account_id}/rename": DESK,
    "POST /bank-accounts/{account_id}/close": DESK,
    "POST /bank-accounts/{account_id}/reopen": DESK,
    "GET /bank-profiles": SEE,
    "GET /bank-profiles/new": DESK,
    "GET /cash-history": SEE,
    "GET /holds": SEE,
    "GET /interest": SEE,
    "GET /letter-texts": SEE,
    "GET /letter-texts/{level}/{language}": SEE,
    "POST /letter-texts/{level}/{language}": CHIEFS,
    "POST /letter-texts/{level}/{language}/preview": CHIEFS,
    "POST /letter-texts/{level}/{language}/shipped": CHIEFS,
    "GET /letter-texts/{level}/{language}/letter.pdf": SEE,
    "GET /letter-texts/{level}/{language}/compare": SEE,
    "GET /letters": SEE,
    "GET /notices": SEE,
    "GET /payers": SEE,
    "GET /promises": SEE,
    "GET /payment-plans": SEE,
    "GET /worklist": SEE,
    "GET /worklist/{external_id}": SEE,
    "POST /worklist/{external_id}/call": DESK,
    "POST /worklist/{external_id}/snooze": DESK,
    "POST /worklist/{external_id}/wake": DESK,
    "POST /worklist/{external_id}/assign": DESK,
    "GET /promises/calendar": SEE,
    "POST /holds/{hold_id}/review": DESK,
    "GET /payment-plans/new": DESK,
    "GET /payment-plans/{number}": SEE,
    "POST /payment-plans": DESK,
    "POST /payment-plans/{number}/accept": DESK,
    "POST /payment-plans/{number}/cancel": DESK,
    "GET /customers/{external_id}/evidence.zip": DESK,
    "GET /replies": SEE,
    "GET /replies/{number}": SEE,
    "POST /replies/{number}/promise": DESK,
    "POST /replies/{number}/dispute": DESK,
    "POST /replies/{number}/paid": DESK,
    "POST /replies/{number}/dismiss": DESK,
    "POST /replies/{number}/revive": DESK,
    "GET /reports/kpis": SEE,
    "GET /reports/kpis/{code}": SEE,
    "GET /unapplied": SEE,
    "POST /bank-entries/{entry_id}/returns": DESK,
    "POST /bank-entries/{entry_id}/set-aside": DESK,
    "POST /bank-profiles": DESK,
    "POST /bank-profiles/forget": DESK,
    "POST /bank-profiles/preview": DESK,
    "POST /cash-history/{allocation_id}/undo": DESK,
    "POST /deductions/{proposal_id}/let-be": DESK,
    "POST /deductions/{proposal_id}/open": DESK,
    "POST /holds": DESK,
    "POST /holds/{hold_id}/end": DESK,
    "POST /interest/{number}/waive": DESK,
    "POST /notices/{number}/drop": DESK,
    "POST /notices/{number}/send-again": DESK,
    "POST /notices/{number}/settle": DESK,
    "POST /payers/forget": DESK,
    "POST /promises/{promise_id}/withdraw": DESK,
    "POST /unapplied/{payment_id}/keep": DESK,
    "POST /unapplied/{payment_id}/refund": DESK,
    "POST /unapplied/{payment_id}/use": DESK,
}

POLICY = {**API, **PAGES}
FILES = {
    "POST /api/v1/imports": "file",
    "POST /imports": "files",
    "POST /api/v1/disputes/{dispute_id}/attachments": "file",
    "POST /disputes/{number}/attachments": "file",
}
"""Where a file is handed in, and the form's field for it."""

SAID: dict[str, Any] = {
    "external_id": "ACME",
    "number:path": "F-1001",
    "kind": "invoice",
    "state": "ask",
    "reference:path": "F-1001",
    "number": "1",
    "notice_number": "1",
    "currency": "EUR",
    "amount": "1.00",
    "principal": "1.00",
    "rounding": "1.00",
    "charges": "1.00",
    "percent": "1",
    "country": "DE",
    "debtor": "business",
    "code": "K1",
    "language": "en",
    "level": "1",
    "dry_run": True,
    "until": "2026-11-30",
    "before": "1",
    "after": "1",
    "on": "2026-11-20",
    "due_on": "2026-01-01",
    "received_at": "2026-11-20",
    "screen": "/invoices",
    "import": SOME_ID,
}
"""Values by the name of a parameter or member; others are made up from their schema."""

BODIES: dict[str, Any] = {
    "POST /api/v1/customers/batch": {"customers": []},
    "POST /api/v1/invoices/batch": {"invoices": []},
    "POST /api/v1/holds": {"customer": "NOBODY", "reason": "x", "until": "2026-11-30"},
    "POST /api/v1/dunning-runs": {"dry_run": True},
    "POST /api/v1/dunning-runs/{run_id}/approve": {"notices": [SOME_ID]},
    "POST /api/v1/jobs/{name}/runs": {"dry_run": True},
    "POST /jobs/{name}/run": {"on": "2026-11-20", "dry_run": "1"},
}
"""Bodies whose fitting form does not stand in their schema, and runs that shall store nothing."""


@pytest.fixture
def system(sqlite_template: Path, tmp_path: Path, clock: SetClock) -> Iterator[System]:
    """Who may do what is decided before the database; SQLite is enough."""
    shutil.copy(sqlite_template, tmp_path / "duecourse.db")
    built = main.build(settings_for(f"sqlite:///{tmp_path / 'duecourse.db'}", tmp_path), clock=clock)

    def stage(work: Work) -> None:
        a_company(work)
        a_customer(work)
        an_invoice(work)

    built.house.write(stage)
    yield built
    built.house.database.close()


def routes_of(app: FastAPI) -> dict[str, Any]:
    """Every "METHOD path" but HEAD and the folder of static files, with what FastAPI knows of it."""
    return {
        f"{method} {route.path}": route
        for route in iter_route_contexts(app.routes)
        for method in (route.methods or ())
        if method != "HEAD"
    }


def test_every_route_stands_in_the_policy_and_every_entry_is_a_route(system: System) -> None:
    assert routes_of(build_web(system)).keys() == POLICY.keys()


def with_key(system: System, role: Role) -> TestClient:
    key = system.house.write(lambda work: access.add_api_key(work, f"key-{role}", role))
    return TestClient(build_web(system), headers={"Authorization": f"Bearer {key}"}, follow_redirects=False)


def signed_in(system: System, role: Role) -> TestClient:
    email = f"{role.value}@nordwind.example"
    system.house.write(lambda work: access.add_user(work, email, role, PASSWORD))
    client = TestClient(build_web(system), headers={"Sec-Fetch-Site": "same-origin"}, follow_redirects=False)
    client.post("/login", data={"email": email, "password": PASSWORD})
    return client


def called(client: TestClient, route: str) -> Response:
    """Calls a route with an address, a query and a body that fit it, so that nothing but the caller can be wrong."""
    known = routes_of(client.app)[route]  # type: ignore[arg-type]
    method, path = route.split(" ")
    names = re.findall(r"{([^}]+)}", path)
    for name in names:
        is_id = name.endswith("_id") or name in ("account", "payment_id")
        path = path.replace(f"{{{name}}}", SAID.get(name, SOME_ID if is_id else "1"))
    path = path.replace("/jobs/1/", "/jobs/dun/")
    needed = {
        each.alias for each in getattr(known, "dependant", NO_QUERY).query_params if each.field_info.is_required()
    }
    sent: dict[str, Any] = {
        "params": {name: SAID.get(name, SOME_ID if name.endswith("_id") else "F-1001") for name in needed}
    }
    field = getattr(known, "body_field", None)
    if field is not None:
        body = BODIES.get(route) or fitting(TypeAdapter(field.field_info.annotation).json_schema())
        is_json = type(field.field_info).__name__ == "Body"
        sent["json" if is_json else "data"] = body
    if route in FILES:
        sent["data"] = {"kind": "customers"} if route.endswith("/imports") else {}
        sent["files"] = {FILES[route]: ("customers.csv", b"customer_id,name\nDELTA,Delta Ltd\n")}
    return client.request(method, path, headers={"If-Match": '"1"'}, **sent)


NO_QUERY = SimpleNamespace(query_params=())


def fitting(schema: dict[str, Any], within: dict[str, Any] | None = None, name: str = "") -> Any:
    """The smallest value a JSON schema takes: required members only."""
    within = within or schema
    if "$ref" in schema:
        return fitting(within["$defs"][schema["$ref"].rpartition("/")[2]], within, name)
    if schema.get("type") == "object":
        members = schema.get("properties", {})
        return {each: fitting(members[each], within, each) for each in schema.get("required", ())}
    if schema.get("type") == "array":
        return [fitting(schema["items"], within)] * schema.get("minItems", 0)
    simple = {"integer": 1, "number": 1, "boolean": True}.get(schema.get("type", ""), "x")
    by_format = {"uuid": SOME_ID, "date": "2026-11-30", "date-time": "2026-11-20T09:00:00Z"}.get(
        schema.get("format", ""), simple
    )
    return (schema.get("enum") or [SAID.get(name, by_format)])[0]


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("how", ["key", "session"])
def test_each_role_may_do_what_the_policy_says_and_nothing_else(system: System, role: Role, how: str) -> None:
    """Keys reach the API, people both; a page asked for with a key knows the same rights."""
    with (with_key if how == "key" else signed_in)(system, role) as client:
        routes = [route for route in POLICY if route not in ("POST /login", "POST /logout")]
        answers = {route: called(client, route) for route in routes}
    refused = {route for route, answer in answers.items() if answer.status_code in (401, 403)}
    assert refused == {route for route in routes if role.value not in POLICY[route]}
    broken = {route: answer.text for route, answer in answers.items() if answer.status_code >= 500}
    assert broken == {}


def test_strangers_are_told_to_sign_in(system: System) -> None:
    with TestClient(build_web(system), follow_redirects=False) as stranger:
        for route in POLICY:
            answer = called(stranger, route)
            if "anonymous" in POLICY[route]:
                assert answer.headers.get("Location") != "/login" or route == "POST /logout", route
            elif route in API and route != "GET /metrics":
                assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer"), route
            else:
                assert (answer.status_code, answer.headers["Location"]) == (303, "/login"), route


def test_a_form_from_another_site_is_refused_wherever_it_is_sent(system: System) -> None:
    writes = [route for route in POLICY if not route.startswith("GET")]
    with signed_in(system, Role.ADMIN) as client:
        for hostile in (
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
            {"Sec-Fetch-Site": "", "Origin": "https://evil.example"},
            {"Sec-Fetch-Site": "", "Origin": "null"},
        ):
            client.headers.update(hostile)
            answers = {route: called(client, route).status_code for route in writes}
            assert set(answers.values()) == {403}, answers
