package permit

import data.shared.conditions
import data.shared.content
import data.shared.standing
import data.shared.terms

# METADATA
# title: May the access body approve, refuse or return an application, or revoke a permit or renew its budget?
# description: |
#   Input {step, actor, now, reason, application, permit, catalogue}. `permit` is the draft that would be signed, and
#   `groupBudgets` the budgets of the granted permits of its group. To renew: {permit, own, group}, each a new `budget`
#   with what is `spent` of the old one; `group` only where its budget is renewed too.
#   Obligations are the conditions that the permit carries, and whether opt-outs are overridden in its workspace.
# entrypoint: true
decision := terms.decision(reasons, obligations)

steps := {"approve", "refuse", "return", "revoke", "renew"}

assessing := {"approve", "refuse", "return"}

default obligations := {}

obligations := object.union(conditions.stricter, {"optOutOverride": overrides}) if input.step == "approve"

default overrides := false

overrides if "optOutOverride" in object.keys(input.application.content)

draft := input.permit

asked := input.application.content

reasons contains terms.step_reason if not known_step

known_step if input.step in steps

reasons contains terms.figures_reason if not terms.figures

reasons contains terms.clock_reason if not terms.clock

reasons contains terms.role_reason("access-body") if not terms.acts_as("access-body")

reasons contains terms.reason(
	"ehds-68-1-reason", "68(1)", "/reason",
	"The decision gives no reason, and every decision is published with its reason.",
	"State the reason.",
) if {
	not reason_given
}

reason_given if terms.text(input.reason)

# 55(3) and 68(1): who assesses belongs neither to the applicant nor to the people who will have access

reasons contains terms.reason(
	"ehds-55-3-conflict", "55(3)", "/actor",
	"The assessor is of the applicant's organisation or one of the persons who would have access.",
	"Let another member of the access body decide.",
) if {
	input.step in assessing
	not independent
}

independent if {
	terms.text(asked.applicant.organisation)
	asked.applicant.organisation != input.actor.organisation
	terms.text(input.application.applicant)
	input.application.applicant != input.actor.subject
	every person in asked.authorisedPersons {
		person.subject != input.actor.subject
	}
}

reasons contains terms.reason(
	"application-not-open", "68(1)", "/application/state",
	"The application is not waiting for a decision.",
	"Read the present state of the application.",
) if {
	input.step in assessing
	not open
}

open if input.application.state == "submitted"

# Approval: the application is lawful now, and the draft gives no more than it asked for

reasons contains reason if {
	input.step == "approve"
	some reason in (content.reasons | conditions.reasons)
}

reasons contains terms.reason(
	"ehds-68-10-application", "68(10)", "/permit/application",
	"The draft belongs to another application.",
	"Draft the permit from the application that is being decided.",
) if {
	input.step == "approve"
	not draft_of_application
}

draft_of_application if {
	terms.text(draft.application)
	draft.application == input.application.id
}

reasons contains terms.reason(
	"ehds-68-10-purpose", "68(10)", "/permit/purpose",
	"The draft states another purpose than the application.",
	"Issue the permit for the purpose that was assessed.",
) if {
	input.step == "approve"
	not purpose_kept
}

purpose_kept if draft.purpose == asked.purpose

reasons contains terms.reason(
	"ehds-68-10-persons", "68(10)", "/permit/authorisedPersons",
	"The draft lists nobody, or somebody whom the application does not name.",
	"List persons of the application.",
) if {
	input.step == "approve"
	not persons_of_application
}

persons_of_application if {
	is_array(draft.authorisedPersons)
	count(draft.authorisedPersons) > 0
	named := {person.subject | some person in asked.authorisedPersons}
	every subject in draft.authorisedPersons {
		subject in named
	}
}

reasons contains terms.reason(
	"ehds-68-10-principal", "68(10)", "/permit/principalInvestigator",
	"The principal investigator is not among the authorised persons.",
	"Name one of the authorised persons.",
) if {
	input.step == "approve"
	not principal_listed
}

principal_listed if draft.principalInvestigator in draft.authorisedPersons

reasons contains terms.reason(
	"ehds-68-10-tools", "68(10)", "/permit/tools",
	"The draft grants tools that the application did not ask for.",
	"Grant at most the tools of the application.",
) if {
	input.step == "approve"
	"tools" in object.keys(draft)
	not tools_of_application
}

tools_of_application if {
	terms.texts(draft.tools)
	is_array(asked.tools)
	every tool in draft.tools {
		tool in asked.tools
	}
}

reasons contains terms.reason(
	"ehds-66-1-draft", "66(1)", "/permit/data",
	"The draft grants data that the application did not ask for.",
	"Grant at most the datasets, tables, columns, period and population of the application.",
) if {
	input.step == "approve"
	not draft_within_application
}

draft_within_application if {
	count(draft.data.datasets) > 0
	every dataset in draft.data.datasets {
		dataset in asked.data.datasets
	}
	count(draft.data.tables) > 0
	every table, columns in draft.data.tables {
		every column in columns {
			column in object.union({"person_id": ["person_id"]}, asked.data.tables)[table]
		}
	}
	terms.day(draft.data.period.from)
	terms.day(draft.data.period.to)
	draft.data.period.from >= asked.data.period.from
	draft.data.period.to <= asked.data.period.to
	population_kept
}

# A narrower population would have to be compared field by field; the draft keeps it or adds one where none was asked.
population_kept if draft.data.population == asked.data.population

population_kept if not asked.data.population

# 71(3): the population is that of the newest snapshot, in which every opt-out approved before now is honoured

reasons contains terms.reason(
	"ehds-71-3-pinned", "71(3)", "/permit/snapshots",
	"The permit does not pin the newest snapshot of each of its datasets, so an opt-out might not bind it.",
	"Draft the permit again from the present catalogue.",
) if {
	input.step == "approve"
	not snapshots_pinned
}

snapshots_pinned if {
	is_object(draft.snapshots)
	object.keys(draft.snapshots) == {dataset | some dataset in draft.data.datasets}
	every dataset, snapshot in draft.snapshots {
		terms.digest(snapshot)
		snapshot == input.catalogue.datasets[dataset].snapshot
	}
}

reasons contains terms.reason(
	"ehds-68-12-expiry", "68(12)", "/permit/expiresAt",
	"The permit begins in the future, ends before it begins, or lasts longer than asked for or lawful.",
	"Let it end at most the application's months after its issue, 120 at most.",
) if {
	input.step == "approve"
	not duration_kept
}

duration_kept if {
	terms.instant(draft.issuedAt)
	terms.instant(draft.expiresAt)
	draft.issuedAt <= input.now
	draft.issuedAt < draft.expiresAt
	months := min([asked.durationMonths, data.limits.durationMonths.maximum])
	terms.within_months(draft.issuedAt, draft.expiresAt, months)
}

# 63(3): what is revoked must stand

reasons contains terms.reason(
	"permit-not-granted", "63(3)", "/permit/state",
	"Only a granted permit can be revoked.",
	"Read the present state of the permit.",
) if {
	input.step == "revoke"
	not granted
}

granted if input.permit.state == "granted"

# One group, one budget

reasons contains terms.reason(
	"group-budget-differs", "68(10)", "/permit/conditions/group/budget",
	"The granted permits of this group share another budget.",
	"Declare the budget that they share, or renew it for all of them.",
) if {
	input.step == "approve"
	conditions.grouped
	not group_agrees
}

group_agrees if {
	is_array(input.groupBudgets)
	every budget in input.groupBudgets {
		budget == draft.conditions.group.budget
	}
}

# Renewal: of a permit that stands, by who is independent of it, never below what is spent, never above the policy

reasons contains reason if {
	input.step == "renew"
	some reason in standing.active
}

reasons contains terms.reason(
	"ehds-55-3-conflict", "55(3)", "/actor",
	"The assessor is of the permit holder's organisation or one of the persons who have access.",
	"Let another member of the access body decide.",
) if {
	input.step == "renew"
	not independent_of_permit
}

independent_of_permit if {
	terms.text(input.permit.holder)
	input.permit.holder != input.actor.organisation
	is_array(input.permit.authorisedPersons)
	every person in input.permit.authorisedPersons {
		person != input.actor.subject
	}
}

reasons contains terms.reason(
	"policy-rho", "68(10)", "/rho",
	"The privacy budget, rho, is not above zero and at most the maximum of the access body's policy.",
	"Renew it to at most the maximum.",
) if {
	input.step == "renew"
	not own_lawful
}

own_lawful if lawful(input.own)

reasons contains terms.reason(
	"policy-group", "68(10)", "/group",
	"The budget of the group is not above zero and at most the maximum of the access body's policy.",
	"Renew it to at most the maximum.",
) if {
	input.step == "renew"
	renews_group
	not group_lawful
}

renews_group if "group" in object.keys(input)

group_lawful if lawful(input.group)

lawful(meter) if {
	terms.between(meter.budget, 0, data.limits.rho.maximum)
	meter.budget > 0
}

reasons contains terms.reason(
	"budget-below-spent", "68(10)", concat("", ["/", which]),
	"The new budget is below what is already spent of the old one.",
	"Renew it to what is spent at least.",
) if {
	input.step == "renew"
	some which in renewed
	not covers[which]
}

renewed contains "own"

renewed contains "group" if renews_group

covers[which] if {
	some which in {"own", "group"}
	terms.at_least(input[which].budget, input[which].spent)
}
