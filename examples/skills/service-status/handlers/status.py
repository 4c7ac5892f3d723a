"""Status pages with the JSON API that many services share: /api/v2/summary.json and /api/v2/incidents.json."""

from datetime import datetime
from typing import Any, Dict, List, Optional

from aegis_skill import Context

PAGES = {
    "github": "https://www.githubstatus.com",
    "npm": "https://status.npmjs.org",
}
NAME_LENGTH_MAX = 200


def current_status(params: Dict[str, Any], context: Context) -> Dict[str, Any]:
    service = params["service"]
    summary = _read(context, service, "summary.json")
    incidents = [_incident(entry) for entry in _entries(summary, "incidents")]
    return {
        "service": service,
        "state": _text(summary.get("status", {}).get("description")),
        "incidents": [{key: one[key] for key in ("name", "impact", "since")} for one in incidents],
    }


def recent_incidents(params: Dict[str, Any], context: Context) -> Dict[str, Any]:
    limit = params["limit"]
    if not 1 <= limit <= 20:
        raise ValueError(f"limit is {limit:g}; wanted 1 to 20")
    service = params["service"]
    entries = _entries(_read(context, service, "incidents.json"), "incidents")
    return {"service": service, "incidents": [_incident(entry) for entry in entries[: int(limit)]]}


def _read(context: Context, service: str, name: str) -> Dict[str, Any]:
    if service not in PAGES:
        raise ValueError(f"“{service}” is no service that this skill knows; wanted one of: {', '.join(PAGES)}")
    answer = context.fetch(f"{PAGES[service]}/api/v2/{name}")
    if not answer.ok:
        raise RuntimeError(f"The status page of {service} answered {answer.status}")
    found = answer.json()
    if not isinstance(found, dict):
        raise RuntimeError(f"The status page of {service} answered something else than JSON with fields")
    return found


def _entries(page: Dict[str, Any], key: str) -> List[Dict[str, Any]]:
    found = page.get(key)
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []


def _incident(entry: Dict[str, Any]) -> Dict[str, Any]:
    """Field by field: nothing else of the page reaches the agent."""
    since, until = _time(entry.get("started_at") or entry.get("created_at")), _time(entry.get("resolved_at"))
    return {
        "name": _text(entry.get("name")),
        "impact": _text(entry.get("impact")),
        "since": since and since.isoformat(),
        "until": until and until.isoformat(),
        "minutes": round((until - since).total_seconds() / 60) if since and until else None,
    }


def _text(value: Any) -> str:
    return str(value)[:NAME_LENGTH_MAX] if isinstance(value, str) else "unknown"


def _time(value: Any) -> Optional[datetime]:
    try:
        # fromisoformat learned the letter Z only in Python 3.11.
        return datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    except ValueError:
        return None
