select * from {{ ref('census') }}
where species = 'ant'
