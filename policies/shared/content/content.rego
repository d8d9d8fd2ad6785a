# METADATA
# title: What an application may ask for
# description: Articles 53, 54, 66, 67(2), 68(12) and 71(4), asked at filing and once more at approval.
package shared.content

import data.shared.terms

content := input.content

content := input.application.content if not input.content

public_kinds := {"public-body", "union-institution"}

public_applicant if content.applicant.kind in public_kinds

# 53(2): or acting on behalf of one.
public_applicant if terms.text(content.applicant.onBehalfOf)

kinds := public_kinds | {"university", "company", "non-profit"}

tools := {tool | some tool in content.tools}

# 53(1), 53(2) and 54: the purpose

reasons contains terms.reason(
	"ehds-53-1", "53(1)", "/purpose",
	"The purpose is none of those for which health data may be used.",
	"State one of the purposes of Article 53(1).",
) if {
	not purpose_lawful
	not purpose_prohibited
}

purpose_prohibited if terms.prohibited[content.purpose]

purpose_lawful if terms.purposes[content.purpose]

reasons contains terms.reason(
	it.rule, it.article, "/purpose",
	concat("", ["Health data may never be used for ", it.what, "."]),
	"No permit can be issued for this purpose; apply only for a purpose of Article 53(1).",
) if {
	it := terms.prohibited[content.purpose]
}

reasons contains terms.reason(
	"ehds-53-2", "53(2)", "/purpose",
	"This purpose is reserved to public sector bodies and Union institutions, or those acting for them.",
	"Name the body on whose behalf you act in /applicant/onBehalfOf, or state a purpose of Article 53(1)(d) to (f).",
) if {
	terms.purposes[content.purpose].publicBodiesOnly
	not public_applicant
}

# 66: minimisation

reasons contains terms.reason(
	"ehds-66-1-scope", "66(1)", "/data",
	"The data asked for are not named: at least one dataset, one table and one column of each table.",
	"Name the datasets, tables and columns that the analyses use.",
) if {
	not scope_named
}

scope_named if {
	terms.texts(content.data.datasets)
	is_object(content.data.tables)
	count(content.data.tables) > 0
	every columns in content.data.tables {
		terms.texts(columns)
	}
}

reasons contains terms.reason(
	"ehds-66-1-dataset", "66(1)", "/data/datasets",
	concat("", ["The catalogue has no dataset ", dataset, "."]),
	"Choose datasets from the catalogue.",
) if {
	some dataset in content.data.datasets
	not dataset in catalogued
}

catalogued contains dataset if {
	some dataset, it in input.catalogue.datasets
	is_object(it.tables)
}

reasons contains terms.reason(
	"ehds-66-1-table", "66(1)", concat("", ["/data/tables/", table]),
	concat("", ["The dataset ", dataset, " has no table ", table, "."]),
	"Choose tables from the data dictionary of the dataset.",
) if {
	some dataset in content.data.datasets
	tables := input.catalogue.datasets[dataset].tables
	some table, _ in content.data.tables
	not tables[table]
}

reasons contains terms.reason(
	"ehds-66-1-column", "66(1)", concat("", ["/data/tables/", table]),
	concat("", ["The table ", table, " of the dataset ", dataset, " has no column ", column, "."]),
	"Choose columns from the data dictionary of the dataset.",
) if {
	some dataset in content.data.datasets
	some table, columns in content.data.tables
	known := input.catalogue.datasets[dataset].tables[table]
	some column in columns
	not column in known
	column != "person_id"
}

reasons contains terms.reason(
	"ehds-66-1-period", "66(1)", "/data/period",
	"The period has no beginning, no end, or ends before it begins.",
	"Give the first and the last day that the analyses need.",
) if {
	not period_named
}

period_named if {
	terms.day(content.data.period.from)
	terms.day(content.data.period.to)
	content.data.period.from <= content.data.period.to
}

reasons contains terms.reason(
	"ehds-66-1-population", "66(1)", "/data/population",
	"The population is restricted by something that is not a day or a list.",
	"Use bornFrom and bornTo as days, and sex as a list.",
) if {
	not population_named
}

population_named if {
	is_object(content.data)
	not population_asked
}

population_asked if "population" in object.keys(content.data)

population_named if {
	is_object(content.data.population)
	every key, value in content.data.population {
		population_value(key, value)
	}
}

population_value(key, value) if {
	key in {"bornFrom", "bornTo"}
	terms.day(value)
}

population_value("sex", value) if {
	is_array(value)
	count(value) > 0
}

reasons contains terms.reason(
	"ehds-66-1-everything", "66(1)", "/data/tables",
	"Every column of every table is asked for, and nothing says why all of it is necessary.",
	"Leave out the columns that no analysis uses, or justify the whole in /form/justification.",
) if {
	asks_for_everything
	not form_justified
}

form_justified if terms.text(content.form.justification)

asks_for_everything if {
	wanted := {[dataset, table, column] |
		some dataset in content.data.datasets
		some table, columns in content.data.tables
		some column in columns
	}
	held := {[dataset, table, column] |
		some dataset in content.data.datasets
		some table, columns in input.catalogue.datasets[dataset].tables
		some column in columns
		column != "person_id"
	}
	count(held) > 0
	count(held - wanted) == 0
}

reasons contains terms.reason(
	"ehds-66-3-justification", "66(3)", "/form/justification",
	"Pseudonymised data are asked for without saying why anonymised data do not serve.",
	"Justify the pseudonymised form, or ask for anonymised data.",
) if {
	not anonymised
	not form_justified
}

anonymised if content.form.kind == "anonymised"

# 67(2): completeness, item by item

items := {
	"ehds-67-2-a-title": ["/title", "a title"],
	"ehds-67-2-a-organisation": ["/applicant/organisation", "the applicant's organisation"],
	"ehds-67-2-a-kind": ["/applicant/kind", "the kind of the applicant"],
	"ehds-67-2-a-country": ["/applicant/country", "the applicant's country, in two letters"],
	"ehds-67-2-a-persons": ["/authorisedPersons", "each person who will have access, once, with subject, name and function"],
	"ehds-67-2-b": ["/purposeExplained", "the purpose in detail"],
	"ehds-67-2-c-use": ["/intendedUse", "the intended use"],
	"ehds-67-2-c-benefit": ["/expectedBenefit", "the expected benefit"],
	"ehds-67-2-e": ["/form/kind", "whether the data are to be anonymised or pseudonymised"],
	"ehds-67-2-f": ["/ownDatasets", "the datasets the applicant brings, or an empty list"],
	"ehds-67-2-g": ["/safeguards", "the safeguards"],
	"ehds-67-2-i": ["/tools", "the tools, of those the environment offers"],
}

stated contains "ehds-67-2-a-title" if terms.text(content.title)

stated contains "ehds-67-2-a-organisation" if terms.text(content.applicant.organisation)

stated contains "ehds-67-2-a-kind" if content.applicant.kind in kinds

stated contains "ehds-67-2-a-country" if regex.match(`^[A-Z]{2}$`, content.applicant.country)

stated contains "ehds-67-2-a-persons" if persons_named

stated contains "ehds-67-2-b" if terms.text(content.purposeExplained)

stated contains "ehds-67-2-c-use" if terms.text(content.intendedUse)

stated contains "ehds-67-2-c-benefit" if terms.text(content.expectedBenefit)

stated contains "ehds-67-2-e" if content.form.kind in {"anonymised", "pseudonymised"}

stated contains "ehds-67-2-f" if is_array(content.ownDatasets)

stated contains "ehds-67-2-g" if terms.text(content.safeguards)

stated contains "ehds-67-2-i" if tools_named

reasons contains terms.reason(
	rule, "67(2)", place,
	concat("", ["The application does not state ", what, "."]),
	concat("", ["Complete ", place, "."]),
) if {
	some rule in (object.keys(items) - stated)
	[place, what] := items[rule]
}

persons_named if {
	is_array(content.authorisedPersons)
	count(content.authorisedPersons) > 0
	every person in content.authorisedPersons {
		terms.text(person.subject)
		terms.text(person.name)
		terms.text(person.function)
	}
	count({person.subject | some person in content.authorisedPersons}) == count(content.authorisedPersons)
}

tools_named if {
	count(tools) > 0
	count(tools - terms.tools) == 0
}

# 68(12): duration; 67(2)(h) asks for it

reasons contains terms.reason(
	"ehds-68-12-duration", "68(12)", "/durationMonths",
	"The duration is not a whole number of months from 1 to the longest a permit may last.",
	concat("", ["Ask for at most ", format_int(data.limits.durationMonths.maximum, 10), " months."]),
) if {
	not duration_lawful
}

duration_lawful if {
	terms.whole(content.durationMonths)
	terms.between(content.durationMonths, 1, data.limits.durationMonths.maximum)
}

# 71(4): an opt-out is overridden only for a public task, for these purposes, and with its justification

override_purposes := {"public-health", "policy-making", "official-statistics", "scientific-research"}

reasons contains terms.reason(
	"ehds-71-4-body", "71(4)", "/optOutOverride",
	"Only a public sector body, a Union institution, or who acts for one may ask for the data of persons who opted out.",
	"Remove /optOutOverride.",
) if {
	"optOutOverride" in object.keys(content)
	not public_applicant
}

reasons contains terms.reason(
	"ehds-71-4-purpose", "71(4)", "/optOutOverride",
	"The purpose is none of those for which an opt-out may be overridden.",
	"Remove /optOutOverride.",
) if {
	"optOutOverride" in object.keys(content)
	not override_purpose
}

override_purpose if content.purpose in override_purposes

reasons contains terms.reason(
	"ehds-71-4-justification", "71(4)", "/optOutOverride/justification",
	"Opt-outs are to be overridden without a justification.",
	"Give the justification of Article 71(4), or remove /optOutOverride.",
) if {
	"optOutOverride" in object.keys(content)
	not override_justified
}

override_justified if terms.text(content.optOutOverride.justification)
