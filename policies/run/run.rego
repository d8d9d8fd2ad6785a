package run

import data.shared.conditions
import data.shared.standing
import data.shared.terms

# METADATA
# title: May this run be requested, started or cancelled?
# description: |
#   Input {step, actor, now, purpose, permit, analysis, dataset, digest, requestedBy}. Asked at the request and once
#   more by the gateway when the run leaves the queue, because the permit may have ended in between.
#   Obligations bind the run: profile, k, rho, variance, rounding, reviewers.
# entrypoint: true
decision := terms.decision(reasons, obligations)

steps := {"request", "start", "cancel"}

default obligations := {}

obligations := conditions.stricter if input.step in {"request", "start"}

needed := {
	"request": {"data-user"},
	"start": {"gateway"},
	"cancel": {"data-user", "access-body", "output-checker", "gateway"},
}

reasons contains terms.step_reason if not known_step

known_step if input.step in steps

reasons contains terms.figures_reason if not terms.figures

reasons contains terms.clock_reason if not terms.clock

reasons contains terms.role_reason(concat(" or ", sort(needed[input.step]))) if {
	not role_fits
}

role_fits if terms.acts_as_one_of(needed[input.step])

# 73(1)(a): a listed person asks, at the start as at the request

reasons contains reason if {
	asks_in_person
	some reason in standing.person
}

asks_in_person if input.step == "request"

asks_in_person if {
	input.step == "cancel"
	input.actor.role == "data-user"
}

reasons contains terms.reason(
	"ehds-73-1-a-requester", "73(1)(a)", "/requestedBy",
	"Who asked for the run is not listed in the permit.",
	"Let a listed person ask for it.",
) if {
	input.step == "start"
	not requester_listed
}

requester_listed if standing.listed(input.requestedBy)

runs if input.step in {"request", "start"}

reasons contains reason if {
	runs
	some reason in ((standing.active | standing.purpose) | conditions.unusable)
}

# 73(1)(d): only the permit's datasets, at the state pinned by the permit, through its workspace

reasons contains terms.reason(
	"ehds-73-1-d-dataset", "73(1)(d)", "/dataset",
	"The permit does not grant this dataset.",
	"Choose a dataset of the permit, or apply for an amended permit.",
) if {
	runs
	not dataset_granted
}

dataset_granted if input.dataset in input.permit.data.datasets

reasons contains terms.reason(
	"ehds-71-3-pinned", "71(3)", "/permit/snapshots",
	"The permit pins no snapshot of this dataset.",
	"Ask the access body to issue the permit anew.",
) if {
	runs
	not snapshot_pinned
}

snapshot_pinned if terms.digest(input.permit.snapshots[input.dataset])

reasons contains terms.reason(
	"ehds-66-1-workspace", "66(1)", "/permit/workspaces",
	"The workspace of the permit for this dataset is not built.",
	"Wait until the workspace is built.",
) if {
	runs
	not workspace_built
}

workspace_built if terms.digest(input.permit.workspaces[input.dataset])

# The approved text, byte for byte

reasons contains terms.reason(
	"analysis-of-permit", "73(1)(d)", "/analysis/permit",
	"The analysis belongs to another permit.",
	"Run an analysis of this permit.",
) if {
	runs
	not of_permit
}

of_permit if {
	terms.text(input.permit.id)
	input.analysis.permit == input.permit.id
}

reasons contains terms.reason(
	"analysis-not-approved", "73(2)", "/analysis/state",
	"The analysis is not approved.",
	"Wait for the approval of the access body.",
) if {
	runs
	not approved
}

approved if input.analysis.state == "approved"

reasons contains terms.reason(
	"digest-differs", "61(1)", "/digest",
	"The text to be run is not the one that was approved.",
	"Submit the changed text as a new analysis.",
) if {
	runs
	not digest_kept
}

digest_kept if {
	terms.digest(input.digest)
	input.digest == input.analysis.digest
}

reasons contains terms.reason(
	"policy-variance", "68(10)", "/analysis/variance",
	"The noise variance of a count is below the minimum of the access body's policy.",
	concat("", ["Use a variance of at least ", format_int(data.limits.variance.minimum, 10), " persons squared."]),
) if {
	runs
	not variance_lawful
}

variance_lawful if terms.at_least(input.analysis.variance, data.limits.variance.minimum)
