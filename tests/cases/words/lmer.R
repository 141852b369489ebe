math ~ SES + meanSES + prior_score + (SES | school)
