# What a script uses of Vitrine; sandbox/README.md has a complete example. The same on a laptop, over dummy data:
# `VITRINE_DATA=folder Rscript study.R` prints the outputs as JSON.

vitrine <- local({
  outputs <- list()
  path <- function(name) file.path(Sys.getenv("VITRINE_DATA"), name)

  # For generators that want a seed of their own. In the jail, R's own has it.
  seed <- as.integer(Sys.getenv("VITRINE_SEED", "1"))

  # The value, or the nearer bound; NA stays NA.
  clamp <- function(value, low, high) pmin(pmax(value, low), high)

  # A line for the log, which reviewers alone read.
  progress <- function(text) message(text)

  # JSON of our own files: tokens first, and the texts among them all at once.
  read_json <- function(name) {
    text <- readChar(path(name), file.size(path(name)), useBytes = TRUE)
    Encoding(text) <- "UTF-8"
    token <- "\"(?:[^\"\\\\]|\\\\.)*\"|[][{}:,]|[^][{}:,\\s\"]+"
    tokens <- regmatches(text, gregexpr(token, text, perl = TRUE))[[1]]
    texts <- startsWith(tokens, "\"")
    plain <- substr(tokens, 2, nchar(tokens) - 1)
    odd <- texts & grepl("\\", tokens, fixed = TRUE)
    plain[odd] <- vapply(plain[odd], unescape, "", USE.NAMES = FALSE)
    at <- 0
    value <- function() {
      at <<- at + 1
      if (texts[at]) return(plain[at])
      switch(tokens[at], "{" = items("}", TRUE), "[" = items("]", FALSE), as.numeric(tokens[at]))
    }
    items <- function(end, named) {
      found <- vector("list", 0)
      while (tokens[at + 1] != end || texts[at + 1]) {
        if (tokens[at + 1] == "," && !texts[at + 1]) at <<- at + 1
        if (named) {
          name <- plain[at + 1]
          at <<- at + 2
          found[[name]] <- value()
        } else found[[length(found) + 1]] <- value()
      }
      at <<- at + 1
      found
    }
    value()
  }

  unescape <- function(text) {
    parts <- regmatches(text, gregexpr("(?:\\\\u[dD][89abAB].{2}\\\\u.{4})|\\\\u.{4}|\\\\.|[^\\\\]+", text, perl = TRUE))[[1]]
    paste0(vapply(parts, unescaped, "", USE.NAMES = FALSE), collapse = "")
  }
  unescaped <- function(part) {
    if (!startsWith(part, "\\")) return(part)
    code <- function(from) strtoi(substr(part, from, from + 3), 16L)
    if (nchar(part) == 12) return(intToUtf8(65536 + (code(3) - 55296) * 1024 + code(9) - 56320))
    if (startsWith(part, "\\u")) return(intToUtf8(code(3)))
    switch(substr(part, 2, 2), n = "\n", t = "\t", r = "\r", b = "\b", f = "\f", substr(part, 2, 2))
  }

  # The column as it lies on disk (.npy 1.0, little endian, one dimension), with NA where nothing is known.
  values <- function(column, count) {
    file <- file(path(column$file), "rb")
    on.exit(close(file))
    readBin(file, "raw", 8)
    readBin(file, "raw", readBin(file, "integer", 1, 2, signed = FALSE, endian = "little"))
    whole <- function(size) readBin(file, "integer", count, size, endian = "little")
    switch(column$type,
      person = whole(4),
      text = {
        code <- whole(4)
        as.character(unlist(read_json(column$levels)))[ifelse(code < 0, NA, code + 1)]
      },
      decimal = {
        number <- readBin(file, "double", count, endian = "little")
        number[is.nan(number)] <- NA
        number
      },
      boolean = {
        code <- whole(1)
        ifelse(code < 0, NA, code == 1)
      },
      date = format(as.Date(whole(4), origin = "1970-01-01")),
      wide(whole_halves(file, count))
    )
  }

  # R has no whole numbers of 64 bits: two halves, together a double, exact up to 2^53.
  whole_halves <- function(file, count) matrix(readBin(file, "integer", 2 * count, 4, endian = "little"), nrow = 2)
  wide <- function(halves) {
    low <- as.numeric(halves[1, ])
    high <- as.numeric(halves[2, ])
    # R reads -2^31 as NA: as the upper half it is what stands for NULL, as the lower one it is itself
    low[is.na(low)] <- -2^31
    high * 2^32 + ifelse(low < 0, low + 2^32, low)
  }

  # A table as a data frame with the column `person`, in the order of the workspace. Days are texts like 2024-02-29.
  table <- function(name) {
    of <- read_json("manifest.json")$tables[[name]]
    data.frame(lapply(of$columns, values, of$rows), check.names = FALSE, stringsAsFactors = FALSE)
  }

  # What a function `person` gets of each person, to try it on a laptop: list(<table> = c("<column>", ...)) as in `reads`.
  people <- function(reads) {
    tables <- lapply(setNames(nm = names(reads)), table)
    everyone <- sort(unique(unlist(lapply(tables, function(rows) rows$person))))
    of <- Map(function(rows, columns) split(rows[columns], factor(rows$person, everyone)), tables, reads)
    lapply(seq_along(everyone), function(i) lapply(of, function(persons) persons[[i]]))
  }

  # Each row of `left` with each row of `right` of the same person; a row without one is left out.
  join <- function(left, right) {
    of <- split(seq_len(nrow(right)), right$person)[as.character(left$person)]
    more <- right[unlist(of), setdiff(names(right), names(left)), drop = FALSE]
    joined <- cbind(left[rep(seq_len(nrow(left)), lengths(of)), , drop = FALSE], more)
    rownames(joined) <- NULL
    joined
  }

  # Rows for `output_table`, one per group: labels `by`, value the number of persons; with `of`, values persons, sum and mean
  # of that column where it is known, and the shares of the two persons who contribute most.
  summarise <- function(rows, by, of = NULL) {
    if (!is.null(of)) rows <- rows[!is.na(rows[[of]]), , drop = FALSE]
    if (nrow(rows) == 0) return(list())
    if (length(by) > 0)
      rows <- rows[do.call(order, c(unname(as.list(rows[by])), list(na.last = FALSE, method = "radix"))), , drop = FALSE]
    keys <- if (length(by) == 0) rep("", nrow(rows)) else
      do.call(paste, c(lapply(rows[by], function(v) match(v, unique(v))), sep = " "))
    lapply(unname(split(rows, factor(keys, unique(keys)))), summary_of, by, of)
  }
  summary_of <- function(group, by, of) {
    labels <- unname(as.list(group[1, by, drop = FALSE]))
    persons <- length(unique(group$person))
    if (is.null(of)) return(list(labels = labels, values = list(persons), persons = persons))
    sums <- vapply(split(group[[of]], factor(group$person, unique(group$person))), sum, 0)
    values <- list(persons, sum(sums), sum(sums) / nrow(group))
    list(labels = labels, values = values, persons = persons, top = shares(abs(sums)))
  }
  # The shares that the two largest of these amounts, one per person, have in their sum.
  shares <- function(amounts) {
    largest <- sort(c(unname(amounts), 0, 0), decreasing = TRUE)[1:2]
    as.list(if (sum(amounts) > 0) largest / sum(amounts) else c(0, 0))
  }

  # rows: list(labels = list(...), values = list(...), persons = n, top = list(share, share)); `top` for sums and means of amounts.
  output_table <- function(name, labels, values, rows)
    put(name, list(labels = as.list(labels), values = as.list(values), rows = rows))

  # terms: list(term =, estimate =, se =, persons =); `outcome`: persons on the smaller side of an outcome that is yes or no.
  output_model <- function(name, terms, persons, parameters, leverage, outcome = NULL) {
    model <- list(terms = terms, persons = persons, parameters = parameters, leverage = leverage)
    put(name, if (is.null(outcome)) model else c(model, list(outcome = outcome)))
  }

  # points: list(series =, x =, y =, persons =). We draw the figure; an image is no output.
  output_figure <- function(name, x, y, points) put(name, list(x = x, y = y, points = points))

  put <- function(name, value) {
    if (!is.null(outputs[[name]])) stop("an output is given once")
    outputs[[name]] <<- value
    invisible(NULL)
  }

  quoted <- function(text) {
    text <- enc2utf8(text)
    for (pair in list(c("\\", "\\\\"), c("\"", "\\\""), c("\n", "\\n"), c("\r", "\\r"), c("\t", "\\t")))
      text <- gsub(pair[1], pair[2], text, fixed = TRUE)
    paste0("\"", text, "\"")
  }
  json <- function(value) {
    if (is.list(value)) {
      parts <- vapply(unname(value), json, "")
      if (is.null(names(value))) return(paste0("[", paste(parts, collapse = ","), "]"))
      return(paste0("{", paste0(vapply(names(value), quoted, ""), ":", parts, collapse = ","), "}"))
    }
    if (length(value) != 1) stop("one value was expected")
    if (is.na(value) && !is.nan(value)) return("null")
    if (is.character(value)) return(quoted(value))
    if (is.logical(value)) return(if (value) "true" else "false")
    if (!is.finite(value)) stop("not a number")
    sprintf("%.15g", value)
  }
  # The outputs as JSON. A number that is none is no output.
  encoded <- function() if (length(outputs) == 0) "{}" else json(outputs)

  environment()
})

# On a laptop the outputs are printed when R ends; R leaves this out after an error.
if (Sys.getenv("VITRINE_JAIL") == "")
  .Last <- function() if (length(vitrine$outputs) > 0) cat(vitrine$encoded(), "\n", sep = "")
