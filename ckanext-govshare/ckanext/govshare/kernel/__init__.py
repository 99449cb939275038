"""Pure rules: clock, codes, states, findings, counting. Imports nothing of CKAN and nothing of ours."""
