select g.*
from {{ ref('genre_counts') }} as g
where g.branch is not null
union all
select
    'all',
    {% for g in var('genres') -%}
    sum({{ g }}_copies){% if not loop.last %},{% endif %}
    {% endfor %}
from {{ ref('genre_counts') }}
