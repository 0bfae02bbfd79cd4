select * from {{ ref('priced_rentals') }}
{% if var('broken') %}
-- one rental twice, and with two days of riding
union all
select * replace (minutes + 2880 as minutes)
from {{ ref('priced_rentals') }}
where rental_id = 7
{% endif %}
