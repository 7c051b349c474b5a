"""Every router of the application, in one visible list."""

from fastapi import APIRouter

from runtime import login, system_routes

ROUTERS: tuple[APIRouter, ...] = (
    login.router,
    system_routes.router,
)
