package load

import data.shared.terms

# METADATA
# title: May this dataset be loaded?
# description: Input {actor, now, dataset {id, holder}}; `holder` is that of the recorded dataset, or of the new one.
# entrypoint: true
decision := terms.decision(reasons, obligations)

obligations := {}

reasons contains terms.clock_reason if not terms.clock

reasons contains terms.role_reason("data-holder") if not terms.acts_as("data-holder")

reasons contains terms.reason(
	"load-dataset", "66(1)", "/dataset/id",
	"The dataset has no usable identifier.",
	"Use lower-case letters, digits and hyphens, beginning with a letter.",
) if {
	not identified
}

identified if regex.match(`^[a-z][a-z0-9-]{0,62}$`, input.dataset.id)

reasons contains terms.reason(
	"ehds-73-1-c-holder", "73(1)(c)", "/dataset/holder",
	"The dataset belongs to another data holder.",
	"Load a dataset of your own organisation.",
) if {
	not held
}

held if {
	terms.text(input.dataset.holder)
	input.dataset.holder == input.actor.organisation
}
