"""Every router of the application, in one visible list."""

from fastapi import APIRouter

from dunning import pages as dunning_pages
from payments import pages as payments_pages
from runtime import login, system_routes

ROUTERS: tuple[APIRouter, ...] = (
    login.router,
    system_routes.router,
    payments_pages.router,
    dunning_pages.router,
)
