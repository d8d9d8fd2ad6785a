package release

import data.shared.conditions
import data.shared.standing
import data.shared.terms

# METADATA
# title: May this output be reviewed, released, delivered, withheld or returned?
# description: |
#   Input {step, actor, now, purpose, permit, run, requesterOrganisation, submittedBy, submitterOrganisation, output,
#   votes, receipt}. `inspect`, `vote` and
#   `consolidate` are the checkers' steps; `release` marks an output that was checked, or voted on; `deliver` hands it out
#   and needs the receipt of its release event, because nothing leaves without one; `confirm` ends the review of a sample.
#   A whole table and its statement stand outside the input: the policy sees what they promise, never a cell, and of
#   a vote never the comment.
# entrypoint: true
decision := terms.decision(reasons, obligations)

steps := {"inspect", "vote", "consolidate", "release", "deliver", "withhold", "return", "confirm"}

default obligations := {}

# 73(2): the clock of the checkers, and how many automatic releases they see afterwards.
obligations := object.union(conditions.stricter, data.limits.airlock) if leaves

leaves if input.step in {"release", "deliver"}

needed := {
	"inspect": {"output-checker"},
	"vote": {"output-checker"},
	"consolidate": {"output-checker", "access-body"},
	"return": {"gateway"},
	"confirm": {"gateway"},
	"release": {"gateway", "output-checker"},
	"deliver": {"data-user", "gateway"},
	"withhold": {"gateway", "output-checker"},
}

reasons contains terms.step_reason if not known_step

known_step if input.step in steps

reasons contains terms.figures_reason if not terms.figures

reasons contains terms.clock_reason if not terms.clock

reasons contains terms.role_reason(concat(" or ", sort(needed[input.step]))) if {
	not role_fits
}

role_fits if terms.acts_as_one_of(needed[input.step])

# The permit stands, for this person and this purpose

reasons contains reason if {
	leaves
	some reason in ((standing.active | standing.purpose) | conditions.unusable)
}

reasons contains reason if {
	input.step == "deliver"
	input.actor.role == "data-user"
	some reason in standing.person
}

# The output belongs to a finished run of this permit

reasons contains terms.reason(
	"release-of-run", "61(1)", "/output/run",
	"The output does not come from a finished run of this permit.",
	"Release outputs of finished runs only.",
) if {
	not of_run
}

of_run if {
	terms.text(input.permit.id)
	terms.text(input.run.id)
	input.run.permit == input.permit.id
	input.output.permit == input.permit.id
	input.output.run == input.run.id
	input.run.state == "finished"
}

# A released output is reviewed, or called back, where it was drawn as a sample.
states := {
	"inspect": {"in-review", "released"},
	"vote": {"in-review", "released"},
	"consolidate": {"in-review", "released"},
	"release": {"checked", "in-review"},
	"deliver": {"released"},
	"withhold": {"checked", "in-review", "released"},
	"return": {"in-review"},
	"confirm": {"released"},
}

reasons contains terms.reason(
	"release-state", "73(2)", "/output/state",
	"This step does not follow from the present state of the output.",
	"Read the present state of the output.",
) if {
	not state_fits
}

state_fits if input.output.state in states[input.step]

# 73(2): only tables, protected at least as the permit and today's policy say

reasons contains terms.reason(
	"ehds-73-2-table", "73(2)", "/output/kind",
	"Only protected tables leave.",
	"Declare a table as output.",
) if {
	leaves
	not is_table
}

is_table if input.output.kind == "table"

reasons contains terms.reason(
	"release-digest", "73(2)", "/output/digest",
	"The output has no digest.",
	"Run the analysis again.",
) if {
	leaves
	not digested
}

digested if terms.digest(input.output.digest)

# `standard` protects at least as much as either of the others.
enough := {"standard": {"standard"}, "reviewed": {"reviewed", "standard"}, "cube": {"cube", "standard"}}

reasons contains terms.reason(
	"ehds-73-2-profile", "73(2)", "/output/profile",
	"The output was protected by another profile than the permit's.",
	"Run the analysis again under the permit's profile.",
) if {
	leaves
	not profile_kept
}

profile_kept if input.output.profile in enough[input.permit.conditions.profile]

reasons contains terms.reason(
	"ehds-73-2-k", "73(2)", "/output/k",
	"The output was protected with a smaller k than the permit or today's policy asks for.",
	"Run the analysis again.",
) if {
	leaves
	not k_kept
}

k_kept if terms.at_least(input.output.k, conditions.stricter.k)

reasons contains terms.reason(
	"ehds-73-2-rounding", "73(2)", "/output/rounding",
	"The output was rounded to a smaller base than the permit or today's policy asks for.",
	"Run the analysis again.",
) if {
	leaves
	not rounding_kept
}

rounding_kept if terms.at_least(input.output.rounding, conditions.stricter.rounding)

# What no budget bounds is neither rounded nor within rho: the votes stand in for both.
rounding_kept if {
	unbounded
	terms.at_least(input.output.rounding, 0)
}

unbounded if {
	input.output.profile in {"reviewed", "cube"}
	input.permit.conditions.profile == input.output.profile
}

reasons contains terms.reason(
	"ehds-73-2-rho", "73(2)", "/output/rho",
	"The privacy loss of the output is unknown or above the permit's budget.",
	"Ask with a larger variance.",
) if {
	leaves
	not rho_kept
}

rho_kept if terms.between(input.output.rho, 0, conditions.stricter.rho)

rho_kept if {
	unbounded
	terms.at_least(input.output.rho, 0)
}

# 73(2): the reviewers; nobody checks their own, nor what comes from their institution, and a vote is for exact bytes

approvals contains vote.by if {
	some vote in input.votes
	vote.verdict == "release"
	vote.role == "output-checker"
	terms.digest(vote.digest)
	vote.digest == input.output.digest
	terms.text(vote.by)
	impartial(vote.by)
	outside(vote.organisation)
}

impartial(subject) if {
	terms.text(input.run.requestedBy)
	subject != input.run.requestedBy
	terms.text(input.submittedBy)
	subject != input.submittedBy
	is_array(input.permit.authorisedPersons)
	every person in input.permit.authorisedPersons {
		person != subject
	}
}

named(organisation) := lower(trim_space(organisation))

outside(organisation) if {
	terms.text(organisation)
	terms.text(input.permit.holder)
	terms.text(input.requesterOrganisation)
	terms.text(input.submitterOrganisation)
	named(organisation) != named(input.permit.holder)
	named(organisation) != named(input.requesterOrganisation)
	named(organisation) != named(input.submitterOrganisation)
}

reasons contains terms.reason(
	"ehds-73-2-reviewers", "73(2)", "/votes",
	"Fewer impartial output checkers approved the release of exactly this output than the permit or today's policy asks for.",
	"Wait for the votes of the output checkers.",
) if {
	leaves
	not reviewed
}

reviewed if terms.at_least(count(approvals), conditions.stricter.reviewers)

reasons contains terms.reason(
	"ehds-73-2-objection", "73(2)", "/votes",
	"An output checker objects to the release.",
	"Read the comment of the output checker.",
) if {
	leaves
	not no_objection
}

no_objection if {
	is_array(input.votes)
	every vote in input.votes {
		vote.verdict == "release"
	}
}

# An output that changed after a vote is not voted on any more; and the vote counts for no release.

reasons contains terms.reason(
	"review-digest", "73(2)", "/votes",
	"A vote was given on other bytes than those of the output.",
	"Read the output again; one that changed after a vote is withheld and run anew.",
) if {
	input.step == "vote"
	not same_bytes
}

same_bytes if {
	is_array(input.votes)
	every vote in input.votes {
		terms.digest(vote.digest)
		vote.digest == input.output.digest
	}
}

deciding := {"inspect", "vote", "consolidate", "release", "withhold", "return", "confirm"}

reasons contains terms.reason(
	"ehds-55-3-author", "55(3)", "/actor/subject",
	"Who may run an analysis does not decide on its output.",
	"Let another output checker decide.",
) if {
	input.step in deciding
	not actor_impartial
}

actor_impartial if impartial(input.actor.subject)

reasons contains terms.reason(
	"ehds-55-3-institution", "55(3)", "/actor/organisation",
	"Nobody decides on the output of their own institution.",
	"Let an output checker of another institution decide.",
) if {
	input.step in deciding
	not actor_outside
}

actor_outside if outside(input.actor.organisation)

# 73(1)(e): nothing leaves unlogged

reasons contains terms.reason(
	"ehds-73-1-e-receipt", "73(1)(e)", "/receipt",
	"The release of this output is not proven to be in the log.",
	"Wait for the next checkpoint of the log.",
) if {
	input.step == "deliver"
	not receipt_present
}

receipt_present if {
	terms.text(input.receipt.event)
	terms.whole(input.receipt.index)
	input.receipt.index >= 0
	input.receipt.digest == input.output.digest
}
