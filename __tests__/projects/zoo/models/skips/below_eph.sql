select * from {{ ref('eph_2') }}
