# What the scripts of this folder share: where they are, their generator, and numbers that read back equal.

RNGkind("Mersenne-Twister", "Inversion", "Rejection")

here <- dirname(normalizePath(sub("^--file=", "", grep("^--file=", commandArgs(trailingOnly = FALSE), value = TRUE))))

# 17 significant digits: every double reads back equal.
write_exact <- function(table, name) {
  for (column in names(table)) {
    if (is.numeric(table[[column]])) {
      value <- table[[column]]
      table[[column]] <- ifelse(is.na(value), NA, sprintf("%.17g", value))
    }
  }
  write.csv(table, file.path(here, name), quote = FALSE, row.names = FALSE, na = "")
}
