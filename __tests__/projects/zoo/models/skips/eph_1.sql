{{ config(materialized='ephemeral') }}
select * from {{ ref('broken_sql') }}
