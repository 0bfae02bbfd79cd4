select
    id as rental_id,
    bike_id,
    from_station,
    to_station,
    cast(started_at as timestamp) as started_at,
    {{ dbt.datediff('cast(started_at as timestamp)', 'cast(ended_at as timestamp)', 'minute') }} as minutes
from {{ ref('raw_rentals') }}
