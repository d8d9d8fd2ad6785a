SELECT CASE WHEN p.birth_date > DATE '2009-01-01' THEN 'under 12'
            WHEN p.birth_date > DATE '1961-01-01' THEN '12-59' ELSE '60+' END AS age_group,
       least(coalesce(v.doses, 0), 4) AS doses_given, count(*) AS persons
FROM patient p
LEFT JOIN (
  SELECT person_id, count(*) AS doses FROM immunization
  WHERE atc_code IN ('J07BN01', 'J07BN02', 'J07BN03') AND status = 'completed' GROUP BY person_id
) v ON v.person_id = p.person_id
GROUP BY age_group, doses_given
