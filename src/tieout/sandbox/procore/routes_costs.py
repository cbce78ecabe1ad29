"""Which function answers which path: direct costs, people, tax, units of measure, currency, uploads."""
from __future__ import annotations

from collections.abc import Callable

from tieout.sandbox.procore import currency, direct_costs, people, taxes, units, uploads
from tieout.sandbox.procore.web import Answer, Call

Row = tuple[str, str, Callable[[Call], Answer]]
V10, V11 = "/rest/v1.0", "/rest/v1.1"
DIRECT10, DIRECT11 = (f"{V}/projects/{{project_id}}/direct_costs" for V in (V10, V11))
DIRECT_LINES = DIRECT10 + "/{direct_cost_id}/line_items"
PEOPLE_C, PEOPLE_P = V10 + "/companies/{company_id}/people", V10 + "/projects/{project_id}/people"
UOMS = V10 + "/companies/{company_id}/uoms"
UPLOADS_C, UPLOADS_P = "/companies/{company_id}/uploads", "/projects/{project_id}/uploads"
V21 = "/rest/v2.1/companies/{company_id}"
UPLOAD1 = (("POST", "", uploads.create_v1), ("GET", "/{uuid}", uploads.show_v1),
           ("PATCH", "/{uuid}", uploads.update_v1))
UPLOAD2 = (("POST", "", uploads.create_v2), ("GET", "/{upload_id}", uploads.show_v2),
           ("PATCH", "/{upload_id}", uploads.complete_v2))
CURRENCY_C = V10 + "/companies/{company_id}/currency_configuration"
CURRENCY_P = V10 + "/companies/{company_id}/projects/{project_id}/currency_configuration"

COMPANY: tuple[Row, ...] = (
    ("GET", PEOPLE_C, people.company_people),
    ("POST", PEOPLE_C, people.create_company_person),
    ("PATCH", PEOPLE_C + "/{id}", people.update_company_person),
    ("GET", V10 + "/tax_codes", taxes.tax_codes),
    ("POST", V10 + "/tax_codes", taxes.create_code),
    ("PATCH", V10 + "/tax_codes/sync", taxes.sync_codes),
    ("GET", V10 + "/tax_codes/{id}", taxes.tax_code),
    ("PATCH", V10 + "/tax_codes/{id}", taxes.update_code),
    ("GET", V10 + "/tax_types", taxes.tax_types),
    ("POST", V10 + "/tax_types", taxes.create_type),
    ("PATCH", V10 + "/tax_types/sync", taxes.sync_types),
    ("GET", V10 + "/tax_types/{id}", taxes.tax_type),
    ("PATCH", V10 + "/tax_types/{id}", taxes.update_type),
    ("DELETE", V10 + "/tax_types/{id}", taxes.delete_type),
    ("GET", UOMS, units.uoms),
    ("POST", UOMS, units.create),
    ("PATCH", UOMS + "/sync", units.sync_uoms),
    ("GET", UOMS + "/{id}", units.uom),
    ("PATCH", UOMS + "/{id}", units.update),
    ("DELETE", UOMS + "/{id}", units.delete),
    ("GET", V10 + "/companies/{company_id}/uom_categories", units.categories),
    ("GET", "/rest/v2.0/companies/{company_id}/uoms/configuration", units.configuration),
    *((method, version + UPLOADS_C + rest, handler) for version in (V10, V11) for method, rest, handler in UPLOAD1),
    *((method, f"{V21}/uploads{rest}", handler) for method, rest, handler in UPLOAD2),
    ("GET", CURRENCY_C, currency.company_currency),
    ("POST", "/rest/v2.0/companies/{company_id}/currency_configuration", currency.create_company_currency),
    ("PATCH", CURRENCY_C, currency.update_company_currency),
    ("DELETE", CURRENCY_C, currency.delete_company_currency),
    ("GET", CURRENCY_C + "/exchange_rates", currency.company_rates),
    ("POST", CURRENCY_C + "/exchange_rates", currency.create_company_rates),
    ("PATCH", CURRENCY_C + "/exchange_rates", currency.update_company_rates),
)
PROJECT: dict[str, tuple[Row, ...]] = {
    "": (
        *((method, version + UPLOADS_P + rest, handler) for version in (V10, V11) for method, rest, handler in UPLOAD1),
        *((method, f"{V21}{UPLOADS_P}{rest}", handler) for method, rest, handler in UPLOAD2),
        ("GET", CURRENCY_P, currency.project_currency),
        ("POST", CURRENCY_P, currency.create_project_currency),
        ("PATCH", CURRENCY_P, currency.update_project_currency),
        ("DELETE", CURRENCY_P, currency.delete_project_currency),
        ("GET", CURRENCY_P + "/exchange_rates", currency.project_rates),
        ("POST", CURRENCY_P + "/exchange_rates", currency.create_project_rates),
        ("PATCH", CURRENCY_P + "/exchange_rates", currency.update_project_rates)),
    "directory": (
        ("GET", PEOPLE_P, people.project_people),
        ("POST", PEOPLE_P, people.create_project_person),
        ("PATCH", PEOPLE_P + "/{id}", people.update_project_person)),
    "direct_costs": (
        ("GET", DIRECT11, direct_costs.direct_costs),
        ("POST", DIRECT11, direct_costs.create_11),
        ("GET", DIRECT11 + "/{id}", direct_costs.direct_cost_11),
        ("PATCH", DIRECT11 + "/{id}", direct_costs.update_11),
        ("DELETE", DIRECT11 + "/{id}", direct_costs.delete_cost),
        ("GET", DIRECT10, direct_costs.direct_costs),
        ("POST", DIRECT10, direct_costs.create_10),
        ("PATCH", DIRECT10 + "/sync", direct_costs.sync_costs),
        ("GET", DIRECT10 + "/line_items", direct_costs.all_lines),
        ("PATCH", DIRECT10 + "/line_items/sync", direct_costs.sync_lines),
        ("GET", DIRECT10 + "/{id}", direct_costs.direct_cost_10),
        ("PATCH", DIRECT10 + "/{id}", direct_costs.update_10),
        ("DELETE", DIRECT10 + "/{id}", direct_costs.delete_cost),
        ("GET", DIRECT_LINES, direct_costs.lines),
        ("POST", DIRECT_LINES, direct_costs.create_line),
        ("GET", DIRECT_LINES + "/{id}", direct_costs.line),
        ("PATCH", DIRECT_LINES + "/{id}", direct_costs.update_line),
        ("DELETE", DIRECT_LINES + "/{id}", direct_costs.delete_line)),
}
