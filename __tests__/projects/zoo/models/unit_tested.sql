select animal_id, legs * 2 as double_legs from {{ ref('animals_raw') }}
