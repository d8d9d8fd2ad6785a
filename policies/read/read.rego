package read

import data.shared.terms

# METADATA
# title: May this be read?
# description: |
#   Input {actor, now, resource {kind, persons, holder, holders, state}}. `persons` are the subjects whose own it is,
#   `holder` (or `holders`, where there are several) the organisation that holds the data, `state` that of an output.
#   A released table itself goes through the decision `release`, step `deliver`.
# entrypoint: true
decision := terms.decision(reasons, obligations)

obligations := {}

# Which functions see all of a kind. Persons see their own, holders what concerns their data, as said below.
sees := {
	"dataset": {"data-user", "data-holder", "access-body", "output-checker", "auditor"},
	"application": {"access-body", "auditor"},
	"permit": {"access-body", "output-checker", "auditor"},
	"analysis": {"access-body", "output-checker", "auditor"},
	"run": {"access-body", "output-checker", "auditor"},
	"run-log": {"output-checker"},
	"output": {"output-checker", "auditor"},
	"meter": {"access-body", "auditor"},
	"event": {"access-body", "auditor"},
	"load-report": set(),
}

own_kinds := {"application", "permit", "analysis", "run", "meter"}

holder_kinds := {"permit", "load-report", "meter"}

may_read if terms.acts_as_one_of(sees[input.resource.kind])

may_read if {
	terms.acts_as("data-user")
	input.resource.kind in own_kinds
	owned
}

# Before its release an output is nobody's but the checkers'.
may_read if {
	terms.acts_as("data-user")
	input.resource.kind == "output"
	input.resource.state == "released"
	owned
}

may_read if {
	terms.acts_as("data-holder")
	input.resource.kind in holder_kinds
	terms.text(input.resource.holder)
	input.resource.holder == input.actor.organisation
}

# A permit may touch the data of several holders.
may_read if {
	terms.acts_as("data-holder")
	input.resource.kind in holder_kinds
	is_array(input.resource.holders)
	input.actor.organisation in input.resource.holders
}

owned if {
	is_array(input.resource.persons)
	input.actor.subject in input.resource.persons
}

reasons contains terms.clock_reason if not terms.clock

reasons contains terms.reason(
	"read-kind", "73(1)(d)", "/resource/kind",
	"There is no such kind of thing to read.",
	"Use a kind named in policies/README.md.",
) if {
	not kind_known
}

kind_known if sees[input.resource.kind]

reasons contains terms.reason(
	"ehds-73-1-d-read", "73(1)(d)", "/resource",
	"This is neither yours nor open to your function.",
	"Ask somebody who holds a role that may read it.",
) if {
	not may_read
}
