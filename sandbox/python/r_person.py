"""R as the language of a person function: libR in this process, so that the fork, the filter and the clocks are the same.

Before the fork R and every function of its usual packages is loaded whole, since a child opens no file. The text of the
script is neither parsed nor run here.
"""

import ctypes
import json
import os
import re

HOME = "/usr/lib/R"

#: What `person` gets and what is done with its answer. Read once, before any script; see `source` for the records.
TRUSTED = r"""
local({
  options(warn = -1L, device = "pdf", keep.source = FALSE, error = NULL)
  compiler::enableJIT(0L)
  quoted <- function(text) {
    points <- utf8ToInt(enc2utf8(text))
    parts <- intToUtf8(points, multiple = TRUE)
    odd <- points < 32L | points == 34L | points == 92L
    parts[odd] <- sprintf("\\u%04x", points[odd])
    paste0("\"", paste(parts, collapse = ""), "\"")
  }
  scalar <- function(value) {
    if (is.factor(value) || inherits(value, "Date")) value <- as.character(value)
    if (!is.atomic(value) || length(value) != 1L || is.na(value)) "null"
    else if (is.logical(value)) if (value) "true" else "false"
    else if (is.character(value)) quoted(value)
    else if (is.numeric(value) && is.finite(value)) sprintf("%.15g", as.double(value))
    else "null"
  }
  encode <- function(answer) {
    answer <- as.list(answer)
    keys <- vapply(names(answer), quoted, "")
    paste0("{", paste0(keys, ":", vapply(answer, scalar, ""), collapse = ","), "}")
  }
  clamp <- function(value, low, high) if (is.null(value)) NULL else pmin(pmax(value, low), high)
  evaluate <- function(text, records) {
    records <- eval(str2expression(records), baseenv())
    scope <- new.env(parent = globalenv())
    scope$clamp <- clamp
    for (part in str2expression(text)) eval(part, scope)
    encode(scope$person(records))
  }
  whole <- function(name) {
    space <- asNamespace(name)
    for (at in ls(space, all.names = TRUE)) force(get(at, envir = space))
    hidden <- space[[".__NAMESPACE__."]]
    for (it in c(hidden$lazydata, space[[".__S3MethodsTable__."]]))
      if (is.environment(it)) for (at in ls(it, all.names = TRUE)) force(get(at, envir = it))
  }
  # R leaves a refused clock unset, and would answer with what lies there: neither a time nor the same in every run.
  timeless <- function(...) stop("no clock")
  hide_clocks <- function() {
    space <- baseenv()
    for (name in c("Sys.time", "Sys.Date", "date", "proc.time", "system.time")) {
      unlockBinding(name, space)
      assign(name, timeless, envir = space)
      lockBinding(name, space)
    }
  }
  function(seed, libraries) {
    for (name in c("methods", "utils", "stats", libraries)) library(name, character.only = TRUE)
    # collected at once, so that what remains lies close together: every page of it is one more to fork
    for (name in loadedNamespaces()) { whole(name); gc() }
    solve(diag(2) + 1, c(1, 2)); svd(diag(2)); qr(diag(2)); eigen(diag(2))
    coef(lm(y ~ x, data.frame(y = c(1, 2, 4), x = 1:3)))
    as.Date("2020-02-29") - as.Date("2019-01-01")
    format(as.POSIXct("2020-01-01 00:00:00", tz = "UTC"))
    grepl("^\u00e9[.]", "\u00e9.", perl = TRUE); toupper("\u00e9"); gsub("a", "b", "a"); regmatches("a", regexpr("a", "a"))
    sort(c("b", "a")); format(1.5); plogis(0)
    evaluate("person <- function(records) list(n = 1)", "list()")
    hide_clocks()
    set.seed(seed)
    for (i in 1:2) gc()
    evaluate
  }
})
"""


def start():
    """R in this process, with no file of the user's, no signal handler, no check of the stack and no temporary folder."""
    os.environ.update(R_HOME=HOME, R_DEFAULT_PACKAGES="utils,stats,methods", R_ENABLE_JIT="0")
    # room enough that few persons need the collector, which would write to every page that the parent shares
    os.environ.update(R_NSIZE="3000000", R_VSIZE="160M")
    lib = ctypes.PyDLL(f"{HOME}/lib/libR.so", mode=ctypes.RTLD_GLOBAL)
    for name in ("Rf_ScalarInteger", "Rf_lang2", "Rf_lang3", "R_tryEvalSilent", "Rf_install",
                 "STRING_ELT", "R_ParseEvalString", "Rf_allocVector", "Rf_mkCharLenCE"):
        getattr(lib, name).restype = ctypes.c_void_p
    lib.R_CHAR.restype = lib.R_curErrorBuf.restype = ctypes.c_char_p
    ctypes.c_int.in_dll(lib, "R_SignalHandlers").value = 0
    # R removes its folder and makes one only where none is named: this one is named and never there
    ctypes.c_char_p.in_dll(lib, "R_TempDir").value = b"/nowhere"
    words = [b"R", b"--vanilla", b"--no-echo", b"--interactive"]
    lib.Rf_initialize_R(len(words), (ctypes.c_char_p * len(words))(*words))
    ctypes.c_size_t.in_dll(lib, "R_CStackLimit").value = ctypes.c_size_t(-1).value
    ctypes.c_int.in_dll(lib, "R_Interactive").value = 0
    lib.setup_Rmainloop()
    return lib


class Session:
    """Calls of R; what fails is a ValueError and never leaves through R's own jumps."""

    def __init__(self):
        self.lib = start()
        self.scope = ctypes.c_void_p.in_dll(self.lib, "R_GlobalEnv")

    def kept(self, value):
        """The value, out of the collector's reach."""
        self.lib.R_PreserveObject(ctypes.c_void_p(value))
        return ctypes.c_void_p(value)

    def text(self, value):
        """A character vector of one string."""
        body = value.encode()
        vector = self.kept(self.lib.Rf_allocVector(16, ctypes.c_ssize_t(1)))
        string = ctypes.c_void_p(self.lib.Rf_mkCharLenCE(body, len(body), 1))
        self.lib.SET_STRING_ELT(vector, ctypes.c_ssize_t(0), string)
        return vector

    def call(self, function, *arguments):
        """The value of the call."""
        make = self.lib.Rf_lang2 if len(arguments) == 1 else self.lib.Rf_lang3
        failed = ctypes.c_int(0)
        call = self.kept(make(function, *arguments))
        value = self.lib.R_tryEvalSilent(call, self.scope, ctypes.byref(failed))
        if failed.value or not value:
            raise ValueError(self.lib.R_curErrorBuf())
        return self.kept(value)

    def evaluated(self, source):
        """The value of a text of ours."""
        parse = ctypes.c_void_p(self.lib.Rf_install(b"str2expression"))
        run = ctypes.c_void_p(self.lib.Rf_install(b"eval"))
        return self.call(run, self.call(parse, self.text(source)))

    def string(self, value):
        """The one string of a character vector, as bytes."""
        return self.lib.R_CHAR(ctypes.c_void_p(self.lib.STRING_ELT(value, ctypes.c_ssize_t(0))))


def literal(value):
    """A cell as R writes it."""
    if value is None:
        return "NA"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, (int, float)):
        return repr(value)
    text = value if isinstance(value, str) else json.dumps(value)
    return json.dumps(text.replace("\0", ""), ensure_ascii=False)


def name(text):
    """A column or table name between backticks."""
    return "`" + text.replace("\\", "\\\\").replace("`", "\\`") + "`"


def frame(rows, columns):
    """Rows as the text of a data.frame: numbers double, texts and dates character, an empty value NA."""
    names = columns or list(dict.fromkeys(key for row in rows for key in row))
    vectors = [f"{name(it)}=c({','.join(literal(row.get(it)) for row in rows)})" for it in names]
    if not rows:
        vectors = [f"{name(it)}=logical(0)" for it in names]
    names_of = "" if names else ",names=character(0)"
    return f'structure(list({",".join(vectors)}){names_of},class="data.frame",row.names=c(NA,-{len(rows)}L))'


def source(records, reads):
    """The records of a person as the text of a named list of data frames."""
    tables = (f"{name(key)}={frame(rows, reads.get(key))}" for key, rows in records.items())
    return f"list({','.join(tables)})"


def prepare(job):
    """Loads R whole. The libraries are those curated that the text names; no part of the text is evaluated here."""
    session = Session()
    wanted = [it for it in job["libraries"] if re.search(rf"\b{re.escape(it)}\b", job["text"])]
    libraries = session.evaluated("c(" + ",".join(["character()", *map(literal, wanted)]) + ")")
    seed = session.kept(session.lib.Rf_ScalarInteger(job["seed"] & 0x7FFFFFFF))
    evaluate = session.call(session.evaluated(TRUSTED), seed, libraries)
    text = session.text(job["text"].replace("\0", ""))
    reads = job.get("reads", {})

    def answer(records):
        given = session.text(source(json.loads(records), reads))
        return session.string(session.call(evaluate, text, given))

    return answer
