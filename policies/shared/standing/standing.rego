# METADATA
# title: Whether a permit stands, and for whom
# description: Articles 61(1), 63(3), 68(12), 73(1)(a) and (d), asked again at every analysis, run and release.
package shared.standing

import data.shared.terms

permit := input.permit

active contains terms.reason(
	"ehds-63-3-revoked", "63(3)", "/permit/state",
	"The permit is revoked.",
	"Apply for a new permit.",
) if {
	permit.state == "revoked"
}

active contains terms.reason(
	"ehds-61-1-permit", "61(1)", "/permit/state",
	"There is no granted permit.",
	"Apply for a new or renewed permit.",
) if {
	not decided
}

decided if permit.state in {"granted", "revoked"}

active contains terms.reason(
	"ehds-68-12-expired", "68(12)", "/permit/expiresAt",
	"The permit is not valid at this time.",
	"Apply for a new or renewed permit.",
) if {
	not now_within
}

now_within if {
	terms.instant(input.now)
	terms.instant(permit.issuedAt)
	terms.instant(permit.expiresAt)
	permit.issuedAt <= input.now
	input.now < permit.expiresAt
}

person contains terms.reason(
	"ehds-73-1-a-person", "73(1)(a)", "/actor/subject",
	"Only the natural persons listed in the permit may do this.",
	"Ask the principal investigator, or apply for an amended permit that lists this person.",
) if {
	not actor_listed
}

actor_listed if listed(input.actor.subject)

listed(subject) if {
	terms.text(subject)
	is_array(permit.authorisedPersons)
	subject in permit.authorisedPersons
}

# 53(1) with 61(1): the purpose is stated anew at every use and must be the permit's.
purpose contains terms.reason(
	"ehds-61-1-purpose", "61(1)", "/purpose",
	"The purpose of use is not the one for which the permit was issued.",
	"State the permit's purpose, or apply for a permit for this one.",
) if {
	not purpose_kept
}

purpose_kept if {
	terms.purposes[permit.purpose]
	input.purpose == permit.purpose
}

# 66 and 73(1)(d): only tables and columns of the permit. `uses` comes from the proof, or from the approved manifest.
data_used contains terms.reason(
	"ehds-73-1-d-table", "73(1)(d)", concat("", ["/uses/tables/", table]),
	concat("", ["The permit does not grant the table ", table, "."]),
	"Remove it, or apply for an amended permit.",
) if {
	some table in input.uses.tables
	not permit.data.tables[table]
}

data_used contains terms.reason(
	"ehds-73-1-d-column", "73(1)(d)", concat("", ["/uses/columns/", column]),
	concat("", ["The permit does not grant the column ", column, "."]),
	"Remove it, or apply for an amended permit.",
) if {
	some column in input.uses.columns
	not granted_column(column)
}

data_used contains terms.reason(
	"ehds-73-1-d-unknown", "73(1)(d)", "/uses",
	"It is not known which tables and columns the analysis uses.",
	"Submit an analysis whose tables and columns can be named.",
) if {
	not uses_known
}

uses_known if {
	terms.texts(input.uses.tables)
	is_array(input.uses.columns)
	every column in input.uses.columns {
		terms.text(column)
	}
}

granted_column(column) if {
	[table, name] := split(column, ".")
	name in permit.data.tables[table]
}

granted_column(column) if {
	[table, name] := split(column, ".")
	name == "person_id"
	permit.data.tables[table]
}
