# Runs a script over the whole workspace: its text comes on fd 4, its outputs leave in one message on fd 3. R opens neither by
# number, so here they are standard input and standard output; what a script prints goes to the log.

local({
  sink(stderr())
  source(file.path(Sys.getenv("VITRINE_SDK"), "vitrine.R"), local = globalenv(), keep.source = FALSE)
  input <- file("stdin", encoding = "UTF-8")
  text <- readLines(input, warn = FALSE)
  close(input)
  # A script reads its SDK as it lies beside it on a laptop; here it is read already.
  text <- sub("^source\\(\"vitrine.R\"\\)$", "", text)
  program <- parse(text = text, keep.source = FALSE, encoding = "UTF-8")
  set.seed(vitrine$seed)
  for (part in program) eval(part, globalenv())
  message <- vitrine$encoded()
  sink()
  cat(message)
})
