{{
    paired(
        ref('lnd_loans'),
        key='member_no',
        columns=['isbn', 'lent_on']
    )
}}
