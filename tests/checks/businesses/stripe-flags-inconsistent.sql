-- Each of the sixteen combinations: complete must say exactly whether the other three are all set.
SELECT make('business_customers', jsonb_build_object(
  'id', CASE WHEN complete = (charges AND payouts AND details) THEN 'spared-' ELSE 'caught-' END || concat_ws('-', complete, charges, payouts, details),
  'stripeOnboardingComplete', complete, 'stripeChargesEnabled', charges, 'stripePayoutsEnabled', payouts, 'stripeDetailsSubmitted', details))
FROM (VALUES (true), (false)) AS a (complete), (VALUES (true), (false)) AS b (charges), (VALUES (true), (false)) AS c (payouts), (VALUES (true), (false)) AS d (details);
