select 1 as animal_id, 'sheep' as species
