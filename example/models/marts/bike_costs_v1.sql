select
    bikes.bike_id,
    coalesce(sum(repairs.cost), 0) as cost
from {{ ref('stg_bikes') }} as bikes
left join {{ ref('stg_repairs') }} as repairs on bikes.bike_id = repairs.bike_id
group by bikes.bike_id
