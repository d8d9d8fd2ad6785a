package analysis

import data.shared.conditions
import data.shared.standing
import data.shared.terms

# METADATA
# title: May an analysis be submitted, approved, refused, suspended or resumed?
# description: |
#   Input {step, actor, now, permit, analysis, uses, approvedDigest, reason, submitterOrganisation}. The gateway may approve by proof where
#   the permit says so; otherwise the access body approves the digest that it read.
# entrypoint: true
decision := terms.decision(reasons, obligations)

steps := {"submit", "approve", "refuse", "suspend", "resume"}

default obligations := {}

obligations := object.union(conditions.stricter, {"analysisApproval": approval}) if {
	input.step in {"submit", "approve", "resume"}
}

# What this analysis needs: a proof suffices only where the permit grants it and there is one.
default approval := "each"

approval := "proven" if provable

provable if {
	input.permit.conditions.analysisApproval == "proven"
	input.permit.conditions.profile == "standard"
	input.analysis.language == "sql"
	terms.text(input.analysis.canonical)
	not scripted
}

# A script is code of which nothing is proven: each one needs the access body, whatever the permit says of proofs.
scripted if "script" in object.keys(input.analysis)

reasons contains terms.step_reason if not known_step

known_step if input.step in steps

reasons contains terms.figures_reason if not terms.figures

reasons contains terms.clock_reason if not terms.clock

# Who may do it

needed := {
	"submit": {"data-user"},
	"approve": {"access-body", "gateway"},
	"refuse": {"access-body", "output-checker"},
	"suspend": {"gateway"},
	"resume": {"output-checker"},
}

reasons contains terms.role_reason(concat(" or ", sort(needed[input.step]))) if {
	not role_fits
}

role_fits if terms.acts_as_one_of(needed[input.step])

reasons contains reason if {
	input.step == "submit"
	some reason in standing.person
}

reasons contains terms.reason(
	"analysis-not-own", "73(1)(e)", "/analysis/submittedBy",
	"The analysis is entered under another person's name.",
	"Submit it under your own name.",
) if {
	input.step == "submit"
	not own
}

own if {
	terms.text(input.analysis.submittedBy)
	input.analysis.submittedBy == input.actor.subject
}

reasons contains terms.reason(
	"ehds-55-3-author", "55(3)", "/actor/subject",
	"Who wrote an analysis, or may run it, does not decide on it.",
	"Let somebody else decide.",
) if {
	input.step in {"approve", "refuse", "resume"}
	not impartial
}

impartial if {
	terms.text(input.analysis.submittedBy)
	input.analysis.submittedBy != input.actor.subject
	is_array(input.permit.authorisedPersons)
	every person in input.permit.authorisedPersons {
		person != input.actor.subject
	}
}

reasons contains terms.reason(
	"ehds-55-3-institution", "55(3)", "/actor/organisation",
	"Nobody lets an analysis of their own institution go on.",
	"Let an output checker of another institution decide.",
) if {
	input.step == "resume"
	not outside
}

outside if {
	own := named(input.actor.organisation)
	own != ""
	terms.text(input.permit.holder)
	terms.text(input.submitterOrganisation)
	own != named(input.permit.holder)
	own != named(input.submitterOrganisation)
}

named(organisation) := lower(trim_space(organisation))

# The permit stands, and the analysis is its own

reasons contains reason if {
	input.step in {"submit", "approve", "resume"}
	some reason in ((standing.active | standing.data_used) | conditions.unusable)
}

reasons contains terms.reason(
	"analysis-of-permit", "73(1)(d)", "/analysis/permit",
	"The analysis belongs to another permit.",
	"Submit it under this permit.",
) if {
	not of_permit
}

of_permit if {
	terms.text(input.permit.id)
	input.analysis.permit == input.permit.id
}

# The analysis itself

reasons contains terms.reason(
	"analysis-language", "68(10)", "/analysis/language",
	"The language is not one that the environment offers.",
	concat("", ["Use ", concat(" or ", sort(terms.languages)), "."]),
) if {
	not language_offered
}

language_offered if input.analysis.language in terms.languages

reasons contains terms.reason(
	"analysis-tool", "67(2)", "/analysis/script/language",
	"The permit does not name the language of the script among its tools.",
	"Apply for a permit that names it, or ask in SQL alone.",
) if {
	input.step in {"submit", "approve", "resume"}
	scripted
	not tool_granted
}

tool_granted if {
	input.analysis.script.language in terms.script_languages
	is_array(input.permit.tools)
	input.analysis.script.language in input.permit.tools
}

reasons contains terms.reason(
	"analysis-runtime", "73(1)(e)", "/analysis/runtime",
	"The script has no digest of the runtime to which an approval could bind.",
	"Submit the script again.",
) if {
	input.step in {"submit", "approve", "resume"}
	scripted
	not runtime_named
}

runtime_named if terms.digest(input.analysis.runtime)

reasons contains terms.reason(
	"analysis-reads", "73(1)(d)", "/analysis/script/reads",
	"The script reads something that is not among what the analysis is said to use.",
	"Submit the script again.",
) if {
	input.step in {"submit", "approve", "resume"}
	scripted
	not reads_used
}

reads_used if {
	is_object(input.analysis.script.reads)
	count(input.analysis.script.reads) > 0
	every table, columns in input.analysis.script.reads {
		terms.texts(columns)
		every column in columns {
			concat(".", [table, column]) in input.uses.columns
		}
	}
}

reasons contains terms.reason(
	"analysis-digest", "73(1)(e)", "/analysis/digest",
	"The analysis has no SHA-256 digest to which an approval could bind.",
	"Submit the text again.",
) if {
	not digested
}

digested if terms.digest(input.analysis.digest)

reasons contains terms.reason(
	"policy-variance", "68(10)", "/analysis/variance",
	"The noise variance of a count is below the minimum of the access body's policy.",
	concat("", ["Use a variance of at least ", format_int(data.limits.variance.minimum, 10), " persons squared."]),
) if {
	input.step in {"submit", "approve", "resume"}
	not variance_lawful
}

variance_lawful if terms.at_least(input.analysis.variance, data.limits.variance.minimum)

reasons contains terms.reason(
	"analysis-unproven", "73(2)", "/analysis/canonical",
	"A SQL analysis needs its proof.",
	"Submit SQL that vitrine check accepts.",
) if {
	input.step in {"submit", "approve", "resume"}
	input.analysis.language == "sql"
	not proven
}

proven if terms.text(input.analysis.canonical)

# The state, and for approval the digest that was read

states := {
	"submit": {"submitted"},
	"approve": {"submitted"},
	"suspend": {"approved"},
	"resume": {"suspended"},
}

state_fits if input.analysis.state in states[input.step]

state_fits if {
	input.step == "refuse"
	input.actor.role == "access-body"
	input.analysis.state in {"submitted", "approved"}
}

state_fits if {
	input.step == "refuse"
	input.actor.role == "output-checker"
	input.analysis.state == "suspended"
}

reasons contains terms.reason(
	"analysis-state", "61(1)", "/analysis/state",
	"This step does not follow from the present state of the analysis.",
	"Read the present state of the analysis.",
) if {
	not state_fits
}

reasons contains terms.reason(
	"digest-differs", "61(1)", "/approvedDigest",
	"The digest that was approved is not the digest of the analysis.",
	"Read the analysis again and approve the digest that you read.",
) if {
	input.step == "approve"
	not digest_approved
}

digest_approved if input.approvedDigest == input.analysis.digest

reasons contains terms.reason(
	"analysis-needs-access-body", "73(2)", "/actor/role",
	"The permit does not let a proof stand in for the access body.",
	"Wait for the approval of the access body.",
) if {
	input.step == "approve"
	input.actor.role == "gateway"
	not provable
}

reasons contains terms.reason(
	"ehds-68-1-reason", "68(1)", "/reason",
	"The decision gives no reason.",
	"State the reason.",
) if {
	input.step in {"approve", "refuse", "resume"}
	not reason_given
}

reason_given if terms.text(input.reason)

# 73(2): of what a script over the whole workspace answers nothing is proven, so two checkers must see it
reasons contains terms.reason(
	"analysis-whole", "73(2)", "/analysis/script/mode",
	"A script over the whole workspace needs a permit of the reviewed profile.",
	"Write it as a function of one person's records, or apply for the reviewed profile.",
) if {
	input.step in {"submit", "approve", "resume"}
	scripted
	not mode_fits
}

mode_fits if input.analysis.script.mode == "person"

mode_fits if {
	input.analysis.script.mode == "whole"
	input.permit.conditions.profile == "reviewed"
}
