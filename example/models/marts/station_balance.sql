-- how many bikes a station won or lost
select
    stations.station_id,
    stations.station_name,
    count(*) filter (where rentals.to_station = stations.station_id)
    - count(*) filter (where rentals.from_station = stations.station_id) as balance
from {{ ref('stg_stations') }} as stations
left join {{ ref('stg_rentals') }} as rentals
    on stations.station_id in (rentals.from_station, rentals.to_station)
group by stations.station_id, stations.station_name
