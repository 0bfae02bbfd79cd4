select * from {{ ref('priced_rentals') }}
{% if var('broken') %}
-- one rental twice, and with two days of riding
union all
select rental_id, bike_id, from_station, to_station, started_at, minutes + 2880 as minutes, kind, price
from {{ ref('priced_rentals') }}
where rental_id = 7
{% endif %}
