-- what one station loses, another one wins
select sum(balance) as lost
from {{ ref('station_balance') }}
having sum(balance) <> 0
