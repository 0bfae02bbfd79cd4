select
    days.day,
    count(rentals.rental_id) as rentals,
    coalesce(sum(rentals.price), 0) as revenue
from {{ ref('stg_days') }} as days
left join {{ ref('rentals') }} as rentals on cast(rentals.started_at as date) = days.day
group by days.day
