select cast(day as date) as day
from generate_series(date '2024-05-01', date '2024-05-31', interval 1 day) as days (day)
