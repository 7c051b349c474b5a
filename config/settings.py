"""Settings: environment variables read once into one frozen value. Policies, rates and fees are data, not settings."""

from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Each field is the environment variable `DUECOURSE_<NAME>`; `.env` is read if present.

    Secrets may come from a file instead: `DUECOURSE_<NAME>_FILE` names it.
    """

    model_config = SettingsConfigDict(env_prefix="DUECOURSE_", env_file=".env", frozen=True, extra="ignore")

    env: Literal["development", "production"] = "development"
    """`production` refuses unsafe defaults: no secret key, SQLite without being asked for, plain SMTP."""
    var_dir: Path = Path("var")
    """Where everything we write lies: database, outbox, archive, logs."""
    database_url: str = ""
    """Empty: the SQLite file `duecourse.db` in the var dir."""
    smtp_url: str = ""
    """`smtp://user:pass@host:port?starttls=1`; empty: mails are written as `.eml` files to `outbox/`."""
    imap_url: str = ""
    """`imaps://user:pass@host/Folder`: where bounces and replies arrive. Empty: no mailbox is read."""
    orders_imap: str = ""
    """Mailboxes orders arrive in: `CODE=imaps://user:pass@host/Folder` for each company, parted by blanks; a single
    address without a code is the first company's. Empty: orders are not read from mail."""
    secret_key: str = ""
    """Seals the audit log. Empty in development: one is made and kept in the var dir."""
    base_url: str = "http://127.0.0.1:8000"
    """Where browsers reach us; production demands https."""
    watch_dir: Path | None = None
    """Drop folder: files laid into it are imported by the job `watch-folder`. Unset: there is no such job."""
    webhooks_private: bool = False
    """Webhooks may reach this machine and private networks, over plain http too: for development and tests only."""
    time_zone: str = "Europe/Madrid"
    """IANA zone of the business day: when "today" begins for runs, reminders and reports."""
    log_level: str = Field("INFO", validation_alias=AliasChoices("DUECOURSE_LOG_LEVEL"))
    """The least serious kind of log line written: DEBUG, INFO, WARNING or ERROR."""

    @property
    def resolved_database_url(self) -> str:
        return self.database_url or f"sqlite:///{self.var_dir / 'duecourse.db'}"


class UnsafeSettings(ValueError):
    """Production was asked for with settings that are only safe for trying things out."""


_FROM_FILE = ("secret_key", "smtp_url", "imap_url", "orders_imap", "database_url")


def load(environment: dict[str, str]) -> Settings:
    """Reads the settings; `UnsafeSettings` names what production lacks."""
    from_files = {
        name: Path(path).read_text(encoding="utf-8").strip()
        for name in _FROM_FILE
        if (path := environment.get(f"DUECOURSE_{name.upper()}_FILE"))
    }
    settings = Settings(**from_files)  # type: ignore[arg-type]
    if settings.env == "production":
        _refuse_unsafe(settings)
    return settings


def _refuse_unsafe(settings: Settings) -> None:
    wrong = []
    if len(settings.secret_key) < 32:
        wrong.append("DUECOURSE_SECRET_KEY must have at least 32 characters")
    if not settings.smtp_url:
        wrong.append("DUECOURSE_SMTP_URL must name the mail server")
    if not settings.base_url.startswith("https://"):
        wrong.append("DUECOURSE_BASE_URL must be https")
    if settings.webhooks_private:
        wrong.append("DUECOURSE_WEBHOOKS_PRIVATE must not be set")
    if wrong:
        raise UnsafeSettings("DUECOURSE_ENV=production needs: " + "; ".join(wrong) + ".")
