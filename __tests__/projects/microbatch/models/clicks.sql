{{ config(materialized='table', event_time='clicked_at') }}
select * from (values
    (1, timestamp '2024-05-01 10:00:00', '10'),
    (2, timestamp '2024-05-02 10:00:00', '20'),
    (3, timestamp '2024-05-03 10:00:00', 'thirty'),
    (4, timestamp '2024-05-04 10:00:00', '40')
) as clicks (click_id, clicked_at, price)
