select
    bikes.bike_id,
    bikes.kind,
    count(repairs.repair_id) as repairs,
    coalesce(sum(repairs.cost), 0) as cost
from {{ ref('stg_bikes') }} as bikes
left join {{ ref('stg_repairs') }} as repairs on bikes.bike_id = repairs.bike_id
group by bikes.bike_id, bikes.kind
