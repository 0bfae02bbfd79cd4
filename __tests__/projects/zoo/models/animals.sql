select distinct on (animal_id) animal_id, species, legs from {{ ref('animals_raw') }}
