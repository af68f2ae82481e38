-- What the marts leave out, and why: what the account lacks, and what the data do not say.
SELECT mart, what, consequence
FROM absences
