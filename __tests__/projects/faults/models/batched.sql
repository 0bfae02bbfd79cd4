{{ config(materialized='incremental', incremental_strategy='microbatch', event_time='at', begin='2024-05-01', batch_size='day') }}
select 1 as id, cast('2024-05-01' as timestamp) as at, nothing_here from {{ ref('base') }}
