{% set label %}
    upper(left(genre, 3)) || '-' || branch
{% endset %}

select
    isbn,
    title,
    {{ label }} as shelf
from {{ ref('lnd_books') }}
