"""A logistic risk score of one person (invented coefficients): age, sex, diabetes and the last systolic pressure.

reads:  patient: sex, birth_date; condition: code; observation: code, value, effective_date
fields: risk, decimal from 0 to 1 in steps of 0.001, otherwise null
"""
import math
from datetime import date

TODAY = date(2025, 1, 1)
SYSTOLIC = "8480-6"  # mm[Hg]


def person(records):
    if not records["patient"]:
        return {"risk": None}
    patient = records["patient"][0]
    if patient["birth_date"] is None:
        return {"risk": None}
    age = (TODAY - date.fromisoformat(patient["birth_date"])).days / 365.25
    male = patient["sex"] == "male"
    diabetes = any(row["code"] is not None and row["code"].startswith(("E10", "E11", "E12", "E13", "E14"))
                   for row in records["condition"])
    pressures = [(row["effective_date"], row["value"]) for row in records["observation"]
                 if row["code"] == SYSTOLIC and row["value"] is not None and row["effective_date"] is not None]
    systolic = max(pressures)[1] if pressures else 130
    logit = -9.1 + 0.068 * age + 0.47 * male + 0.62 * diabetes + 0.0155 * systolic
    return {"risk": 1 / (1 + math.exp(-logit))}
