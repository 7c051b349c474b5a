"""Every router of the application, in one visible list."""

from fastapi import APIRouter

from credit import check_routes, customer_pages, proposal_routes, review_routes
from credit import pages as credit_pages
from credit import routes as credit_routes
from disputes import case_routes, deduction_routes, opening_pages, opening_routes, reason_routes
from disputes import pages as disputes_pages
from disputes import routes as disputes_routes
from dunning import (
    choice_pages,
    choice_routes,
    editing_pages,
    editing_routes,
    interest_pages,
    interest_routes,
    letter_pages,
    letter_routes,
    mail_pages,
    mail_routes,
    pause_routes,
    plan_pages,
    plan_routes,
    policy_pages,
    policy_routes,
    printing_pages,
    printing_routes,
    terms_pages,
    waiting_pages,
    waiting_routes,
)
from dunning import pages as dunning_pages
from dunning import routes as dunning_routes
from exchange import pages as exchange_pages
from exchange import routes as exchange_routes
from exchange import webhook_routes
from intake import pages as intake_pages
from intake import routes as intake_routes
from merging import pages as merging_pages
from merging import routes as merging_routes
from orders import capture_pages, confirmation_pages, inbox_routes, mismatch_routes, rule_routes
from orders import mail_routes as order_mail_routes
from orders import pages as orders_pages
from orders import routes as orders_routes
from payments import (
    bank_account_routes,
    cash_pages,
    exchange_rate_routes,
    profile_pages,
    profile_routes,
    statement_routes,
    tolerance_routes,
    workbench_pages,
    workbench_routes,
)
from payments import pages as payments_pages
from payments import routes as payments_routes
from receivables import company_pages, company_routes, customer_routes, master_data_pages
from receivables import routes as receivables_routes
from reports import (
    book_routes,
    chain_routes,
    evidence_routes,
    final_step_pages,
    final_step_routes,
    finding,
    kpi_pages,
    kpi_routes,
    root_cause_routes,
    worklist_pages,
    worklist_routes,
)
from reports import pages as reports_pages
from runtime import (
    audit_pages,
    job_routes,
    jobs_pages,
    login,
    people_pages,
    people_routes,
    system_routes,
    views_pages,
)

ROUTERS: tuple[APIRouter, ...] = (
    login.router,
    system_routes.router,
    customer_routes.router,
    company_routes.router,
    company_pages.router,
    master_data_pages.router,
    receivables_routes.router,
    workbench_routes.router,
    payments_routes.router,
    bank_account_routes.router,
    statement_routes.router,
    profile_routes.router,
    deduction_routes.router,
    tolerance_routes.router,
    exchange_rate_routes.router,
    opening_routes.router,
    disputes_routes.router,
    case_routes.router,
    reason_routes.router,
    credit_routes.router,
    check_routes.router,
    proposal_routes.router,
    review_routes.router,
    pause_routes.router,
    waiting_routes.router,
    printing_routes.router,
    editing_routes.router,
    plan_routes.router,
    dunning_routes.router,
    policy_routes.router,
    choice_routes.router,
    interest_routes.router,
    letter_routes.router,
    mail_routes.router,
    order_mail_routes.router,
    merging_routes.router,
    orders_routes.router,
    mismatch_routes.router,
    intake_routes.router,
    exchange_routes.router,
    webhook_routes.router,
    book_routes.router,
    evidence_routes.router,
    worklist_routes.router,
    final_step_routes.router,
    job_routes.router,
    jobs_pages.router,
    people_routes.router,
    people_pages.router,
    views_pages.router,
    audit_pages.router,
    workbench_pages.router,
    cash_pages.router,
    payments_pages.router,
    profile_pages.router,
    opening_pages.router,
    disputes_pages.router,
    customer_pages.router,
    credit_pages.router,
    capture_pages.router,
    inbox_routes.router,
    rule_routes.router,
    confirmation_pages.router,
    merging_pages.router,
    orders_pages.router,
    dunning_pages.router,
    policy_pages.router,
    choice_pages.router,
    waiting_pages.router,
    terms_pages.router,
    printing_pages.router,
    editing_pages.router,
    plan_pages.router,
    interest_pages.router,
    letter_pages.router,
    mail_pages.router,
    intake_pages.router,
    exchange_pages.router,
    kpi_routes.router,
    kpi_pages.router,
    root_cause_routes.router,
    chain_routes.router,
    reports_pages.router,
    worklist_pages.router,
    final_step_pages.router,
    finding.router,
)
