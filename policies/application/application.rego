package application

import data.shared.conditions
import data.shared.content
import data.shared.terms

# METADATA
# title: May this application be filed, completed or withdrawn?
# description: |
#   Input {step, actor, now, content, catalogue, applicant}. Obligations propose the conditions of the permit, so that
#   the rules which will apply are shown beforehand, and say what the access body must look at.
# entrypoint: true
decision := terms.decision(reasons, obligations)

steps := {"submit", "complete", "withdraw"}

default obligations := {}

obligations := object.union(conditions.proposed, {
	"minimisationReview": asks_for_everything,
	"optOutOverride": overrides,
}) if {
	input.step in {"submit", "complete"}
}

default asks_for_everything := false

asks_for_everything := content.asks_for_everything

default overrides := false

overrides if "optOutOverride" in object.keys(input.content)

reasons contains terms.step_reason if not known_step

known_step if input.step in steps

reasons contains terms.figures_reason if not terms.figures

reasons contains terms.clock_reason if not terms.clock

reasons contains terms.role_reason("data-user") if not terms.acts_as("data-user")

reasons contains reason if {
	input.step != "withdraw"
	some reason in content.reasons
}

# The organisation is the token's, not free text, because the assessor's independence is judged by it.
reasons contains terms.reason(
	"ehds-67-2-a-applicant", "67(2)", "/applicant/organisation",
	"The applicant is not the organisation of the person who files the application.",
	"Apply in the name of the organisation in your token.",
) if {
	input.step != "withdraw"
	not own_organisation
}

own_organisation if input.content.applicant.organisation == input.actor.organisation

reasons contains terms.reason(
	"ehds-67-2-a-own", "67(2)", "/actor/subject",
	"Only the person who filed the application may complete or withdraw it.",
	"Ask the applicant.",
) if {
	input.step != "submit"
	not own_application
}

own_application if input.applicant == input.actor.subject
