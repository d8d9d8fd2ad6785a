"""Change of the estimated glomerular filtration rate, ml/min/1.73 m2 per year: CKD-EPI 2021 from creatinine, age and
sex, and the slope of least squares over three measurements or more.

reads:  patient: sex, birth_date; observation: code, value, effective_date
fields: slope, decimal from -30 to 30 in steps of 0.01, otherwise null
"""
from datetime import date

CREATININE = "2160-0"  # serum, mg/dL


def egfr(creatinine, age, female):
    kappa, alpha = (0.7, -0.241) if female else (0.9, -0.302)
    ratio = creatinine / kappa
    value = 142 * min(ratio, 1) ** alpha * max(ratio, 1) ** -1.2 * 0.9938 ** age
    return value * 1.012 if female else value


def person(records):
    if not records["patient"]:
        return {"slope": None}
    patient = records["patient"][0]
    if patient["birth_date"] is None:
        return {"slope": None}
    born = date.fromisoformat(patient["birth_date"])
    points = []
    for row in records["observation"]:
        if row["code"] != CREATININE or row["value"] is None or row["effective_date"] is None:
            continue
        years = (date.fromisoformat(row["effective_date"]) - born).days / 365.25
        points.append((years, egfr(row["value"], years, patient["sex"] == "female")))
    if len(points) < 3:
        return {"slope": None}
    x0 = sum(x for x, _ in points) / len(points)
    y0 = sum(y for _, y in points) / len(points)
    spread = sum((x - x0) ** 2 for x, _ in points)
    if spread == 0:
        return {"slope": None}
    return {"slope": sum((x - x0) * (y - y0) for x, y in points) / spread}
