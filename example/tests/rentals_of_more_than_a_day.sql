{{ config(severity='warn') }}

select rental_id, minutes
from {{ ref('rentals') }}
where minutes > 1440
