# Fisher's exact test of 2 × k tables: first row, column totals, p.
#   Rscript tests/reference/fisher.R > tests/reference/fisher.csv
tables <- list(
  list(c(4, 11), c(27, 11)), list(c(0, 1, 3), c(3, 3, 3)), list(c(2, 5, 9, 0), c(12, 15, 11, 8)),
  list(c(4, 4, 4), c(10, 20, 30)), list(c(7, 0), c(7, 9)), list(c(1, 0, 0, 0, 6), c(9, 9, 9, 9, 9))
)
cat("inside,totals,p\n")
for (each in tables) {
  p <- fisher.test(rbind(each[[1]], each[[2]] - each[[1]]), workspace = 2e7)$p.value
  cat(paste(each[[1]], collapse = " "), ",", paste(each[[2]], collapse = " "), ",", format(p, digits = 15), "\n", sep = "")
}
