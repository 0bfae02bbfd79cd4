select cast(date_day as date) as day
from (
    {{ dbt.date_spine('day', "cast('2024-05-01' as date)", "cast('2024-06-01' as date)") }}
) as days
