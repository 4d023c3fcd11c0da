"""Between, random effects, first differences and Fama-MacBeth, estimated by linearmodels."""
