{{ config(materialized='ephemeral') }}

select
    rentals.*,
    bikes.kind,
    cast(1 + rentals.minutes * prices.per_minute as numeric(10, 2)) as price
from {{ ref('stg_rentals') }} as rentals
inner join {{ ref('stg_bikes') }} as bikes on rentals.bike_id = bikes.bike_id
inner join {{ ref('stg_prices') }} as prices on bikes.kind = prices.kind
