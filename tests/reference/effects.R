# Simulates the inputs of tests/unit/stats/test_ranks.py, test_effects.py and of the q-values in test_multiplicity.py, and
# writes them beside the values that R computes from them.
# Usage: Rscript tests/reference/effects.R

suppressPackageStartupMessages({
  library(metafor)
  library(pROC)
  library(qvalue)
})

source(file.path(dirname(sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))), "common.R"))
set.seed(19450301)

# Expression: 100 genes x 118 samples; most genes have values in few of them ---------------------------------------------

genes <- 100
two <- rep(1:0, c(60, 58))
x <- matrix(round(rnorm(genes * length(two), mean = 8), 6), genes)
target <- two == 1
keep <- function(rows, targets, references) {
  x[rows, c(which(target)[-seq_len(targets)], which(!target)[-seq_len(references)])] <<- NA
}
keep(1:50, 11, 9)
keep(51:54, 49, 49)
keep(55:56, 50, 49)
keep(57:58, 49, 50)
keep(69:73, 11, 9)
keep(76:85, 11, 9)
keep(86:88, 2, 2)
keep(89:92, 1, 6)
keep(93:100, 30, 12)

x[1:20, target] <- x[1:20, target] + rnorm(20, sd = 2)      # shifted means
x[11:20, ][matrix(runif(10 * length(two)) < 0.2, 10)] <- NA # values missing here and there
x[21:30, ] <- round(x[21:30, ], 1)                          # ties
x[31:40, ] <- round(x[31:40, ])                             # many ties
x[41:44, target] <- x[41:44, target] + c(10, 20, -40, 80)   # perfect separation, far effects
x[53:54, target] <- x[53:54, target] + c(2, 20)
x[62:64, ] <- round(x[62:64, ], 1)                          # ties in the large groups
x[65:66, target] <- x[65:66, target] + c(0.5, 30)
x[69, !is.na(x[69, ])] <- 8                                 # constant
x[70, !is.na(x[70, ])] <- 0                                 # constant at zero
x[71, which(target)[-1]] <- NA                              # one value in the target group
x[72, target] <- NA                                         # none
x[73, !target] <- NA                                        # none in the reference group
x[74, target] <- 20 + round(x[74, target])                  # perfect separation with ties
x[75, ] <- 8
x[75, 1] <- 9                                               # all but one value equal
x[76, !target & !is.na(x[76, ])] <- 8                       # one group constant
x[77, ] <- x[77, ] * 1e-12                                  # tiny values
x[78, ] <- x[78, ] * 1e12                                   # huge values
x[79, !is.na(x[79, ])] <- 1e6 + rep(c(0, 1e-9), 10)         # essentially constant: t.test refuses
x[80, target & !is.na(x[80, ])] <- 1000 + x[80, target & !is.na(x[80, ])] # an effect of about a thousand

write_exact(data.frame(two, setNames(as.data.frame(t(x)), sprintf("g%03d", seq_len(genes)))), "effects_expression.csv")

# Wilcoxon-Mann-Whitney, exact and not, and DeLong's interval ------------------------------------------------------------

or_na <- function(expression) tryCatch(suppressWarnings(expression), error = function(e) NULL)

ranks <- do.call(rbind, lapply(seq_len(genes), function(gene) {
  value <- x[gene, ]
  test <- or_na(wilcox.test(value[target], value[!target]))
  curve <- or_na(roc(two, value, levels = c(0, 1), direction = "<", quiet = TRUE))
  limits <- or_na(as.numeric(ci.auc(curve, method = "delong")))
  data.frame(
    gene,
    p = if (is.null(test)) NA else test$p.value,
    exact = as.integer(!is.null(test) && grepl("exact", test$method)),
    auc = if (is.null(curve)) NA else as.numeric(curve$auc),
    low = if (is.null(limits)) NA else limits[1],
    high = if (is.null(limits)) NA else limits[3]
  )
}))
write_exact(ranks, "effects_ranks.csv")

sizes <- data.frame(few = c(1, 1, 2, 3, 7, 11, 20, 10, 30, 48, 49), many = c(1, 49, 2, 5, 9, 27, 30, 49, 40, 49, 49))
wilcoxon <- do.call(rbind, lapply(seq_len(nrow(sizes)), function(row) {
  few <- sizes$few[row]
  many <- sizes$many[row]
  u <- unique(floor(seq(0, few * many %/% 2, length.out = 40)))
  data.frame(few, many, u, tail = pwilcox(u, few, many))
}))
write_exact(wilcoxon, "effects_wilcoxon.csv")

# Hedges' g: the formula, with the limits from pt; metafor's as a second opinion ------------------------------------------

# pt is limited to noncentralities up to 37.62. Beyond, the probability that Z + ncp <= t S is summed over log S; the
# trapezoidal rule converges geometrically.
probability <- function(t, df, ncp) {
  if (max(abs(t), abs(ncp)) < 37) return(suppressWarnings(pt(t, df, ncp)))
  u <- seq(-60 / sqrt(2 * df), log1p(14 / sqrt(2 * df)), length.out = 200001)
  logweight <- df * u - df * exp(2 * u) / 2
  weight <- exp(logweight - max(logweight))
  sum(weight * pnorm(t * exp(u) - ncp)) / sum(weight)
}
noncentrality <- function(t, df, goal) {
  width <- 6 * sqrt(1 + t^2 / (2 * df))
  uniroot(function(ncp) probability(t, df, ncp) - goal, c(t - width, t + width), tol = 1e-13)$root
}

hedges <- do.call(rbind, lapply(seq_len(genes), function(gene) {
  a <- x[gene, target & !is.na(x[gene, ])]
  b <- x[gene, !target & !is.na(x[gene, ])]
  test <- or_na(t.test(a, b, var.equal = TRUE))
  if (length(a) < 2 || length(b) < 2 || is.null(test) || is.nan(test$statistic)) {
    return(data.frame(gene, g = NA, low = NA, high = NA, metafor_g = NA, t = NA))
  }
  df <- length(a) + length(b) - 2
  pooled <- sqrt(((length(a) - 1) * var(a) + (length(b) - 1) * var(b)) / df)
  root <- sqrt(length(a) * length(b) / (length(a) + length(b)))
  correction <- exp(lgamma(df / 2) - lgamma((df - 1) / 2)) / sqrt(df / 2)
  d <- (mean(a) - mean(b)) / pooled
  data.frame(
    gene,
    g = correction * d,
    low = noncentrality(d * root, df, 0.975) / root,
    high = noncentrality(d * root, df, 0.025) / root,
    metafor_g = as.numeric(escalc(
      measure = "SMD", m1i = mean(a), sd1i = sd(a), n1i = length(a), m2i = mean(b), sd2i = sd(b), n2i = length(b)
    )$yi),
    t = d * root
  )
}))
write_exact(hedges, "effects_hedges.csv")

# Limits on a grid of t and df ---------------------------------------------------------------------------------------------

limits <- expand.grid(t = c(-30, -6, -2.5, -1, -0.01, 0, 0.3, 1.7, 4, 9, 20, 35, 60, 300), df = c(2, 3, 7, 18, 36, 116, 998))
limits$low <- mapply(noncentrality, limits$t, limits$df, 0.975)
limits$high <- mapply(noncentrality, limits$t, limits$df, 0.025)
write_exact(limits, "effects_limits.csv")

# q-values and the adjustment of Benjamini and Yekutieli, by share of true null hypotheses ---------------------------------

# qvalue fails if no p-value is 0.95 or more.
draw <- function(case, nulls, others, missing = 0) {
  data.frame(case, p = sample(c(0.99, runif(nulls), rbeta(others, 0.2, 8), rep(NA, missing))))
}
cases <- rbind(
  draw("mixed", 300, 100, 5), draw("none", 200, 0), draw("strong", 40, 160), draw("few", 15, 10),
  data.frame(case = "coarse", p = sample(c(round(runif(150), 2), 0, 1, rep(c(0.01, 0.05, 0.35, 0.95), 5))))
)
storey <- do.call(rbind, lapply(split(cases, factor(cases$case, unique(cases$case))), function(part) {
  fit <- qvalue(part$p, pi0.method = "bootstrap", lfdr.out = FALSE)
  data.frame(part, by = p.adjust(part$p, "BY"), q = fit$qvalues, pi0 = fit$pi0)
}))
write_exact(storey, "effects_storey.csv")
